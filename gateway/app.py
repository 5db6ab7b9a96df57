"""The gateway process: `python -m mycoderai.gateway.app`. The web page, the HTTP API and Socket.IO on one port.

It keeps no state: what it shows comes from memory and from the log, so any number of gateways may run.
"""

import argparse
import asyncio
import json
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import mycoderai.gateway.lean  # noqa: F401

# isort: split
import structlog
from nats.aio.client import Client
from starlette.types import ASGIApp

from mycoderai.broker.connect import connect
from mycoderai.broker.life import Life
from mycoderai.broker.logs import configure_logs
from mycoderai.gateway.access import Access
from mycoderai.gateway.asks import carry_out
from mycoderai.gateway.fleet_data import with_broker
from mycoderai.gateway.fleet_view import fleet_view
from mycoderai.gateway.guard import Guard
from mycoderai.gateway.listen import LOOPBACK, PREFERRED_PORT, listen, url_of
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.routes import Routes
from mycoderai.gateway.serving import server as make_server
from mycoderai.gateway.sign_in import URL_FILE, load_key, tell_url
from mycoderai.gateway.sockets import Sockets
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings, load

PORT_FILE = "MYCODER_PORT_FILE"
"""Names a file that gets the page's address, without the token, once the gateway listens."""
log = structlog.get_logger()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m mycoderai.gateway.app", description=__doc__)
    parser.add_argument("--port", type=int, help=f"0 for any; default: as last time, {PREFERRED_PORT} at first")
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on; inside a container 0.0.0.0")
    parser.add_argument("--host-name", action="append", default=[], help="another name browsers may use for it")
    options = parser.parse_args(arguments)
    try:
        settings = with_broker(load(os.environ)[0])
        _configure_logging(settings)
        _allow_many_connections()
        listener = listen(options.host, options.port, settings.data / URL_FILE)
        asyncio.run(serve(settings, listener, options.host_name))
    except MycoderError as err:
        print(_last_words(err), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _last_words(err: MycoderError) -> str:
    """For a person, or one line that the supervisor finds and shows."""
    if sys.stderr.isatty():
        return f"error: {err.message}" + (f"\nfix:   {err.fix}" if err.fix else "")
    return json.dumps({"event": "worker.failed", "message": err.message, "fix": err.fix})


async def serve(settings: Settings, listener: socket.socket, host_names: Sequence[str] = ()) -> None:
    """Serve until SIGTERM or SIGINT."""
    key = load_key(settings.data)
    nc = await connect(settings, "gateway")
    try:
        access = Access(nc, settings, host=listener.getsockname()[0])
        await access.check_public()
        server = make_server(application(nc, settings, access, key, host_names), settings.gateway_clients)
        loop = asyncio.get_running_loop()
        for signal_ in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_, server.leave)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        life = Life(os.environ)
        _say_ready(settings, url_of(listener), life)
        living = asyncio.create_task(life.show())
        await serving
        living.cancel()
    finally:
        await nc.close()


def application(nc: Client, settings: Settings, access: Access, key: bytes, host_names: Sequence[str] = ()) -> ASGIApp:
    carry = partial(carry_out, nc, settings, Memory(nc))
    sockets = Sockets(nc, settings, access, carry, partial(fleet_view, nc, settings))
    return Guard(sockets.around(Routes(nc, settings, access).application()), access, key, host_names)


def _say_ready(settings: Settings, url: str, life: Life) -> None:
    # The socket listens already: who connects before the server accepts waits an instant.
    try:
        tell_url(settings.data, url)  # its lock is held until this process ends
    except OSError as err:
        path = settings.data / URL_FILE
        raise MycoderError(f"cannot write {path}: {err.strerror}", "free some space, or correct the folder") from err
    if port_file := os.environ.get(PORT_FILE):
        Path(port_file).write_text(f"{url}\n")
    life.ready()
    log.info("gateway.serving", url=url)


def _allow_many_connections() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class _JsonLines(logging.Formatter):
    """What libraries log, in the shape of our own lines."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"event": record.getMessage().strip(), "logger": record.name, "level": record.levelname.lower()}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _configure_logging(settings: Settings) -> None:
    """Ours, and what uvicorn and Socket.IO say, in the same form."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.ERROR, handlers=[handler])
    for name in ("engineio.server", "socketio.server"):  # else they add handlers of their own
        logging.getLogger(name).setLevel(logging.ERROR)
    configure_logs(settings)


if __name__ == "__main__":
    sys.exit(main())
