"""The gateway's address: the one asked for, else the one of last time, else the preferred one, else any."""

import contextlib
import errno
import socket
from pathlib import Path
from urllib.parse import urlsplit

from mycoderai.schemas.errors import ConfigError, MycoderError

PREFERRED_PORT = 8730
LOOPBACK = "127.0.0.1"
_OWN_ADDRESS = "name an address of this host with --host, or leave it out"


def listen(host: str, port: int | None, url_file: Path) -> socket.socket:
    """A bound socket. A port asked for is taken or refused; browsers keep the address, so a restart does too."""
    if port is not None:
        try:
            return _bound(host, port)
        except OSError as err:
            of_port = err.errno in (errno.EADDRINUSE, errno.EACCES)
            raise MycoderError(
                f"cannot listen on {host} port {port}: {err.strerror}",
                "choose another with --port N; 0 picks a free one" if of_port else _OWN_ADDRESS,
            ) from err
    for candidate in dict.fromkeys((_last_port(url_file), PREFERRED_PORT)):
        if candidate:
            with contextlib.suppress(OSError):
                return _bound(host, candidate)
    try:
        return _bound(host, 0)
    except OSError as err:
        raise ConfigError(f"cannot listen on {host}: {err.strerror}", _OWN_ADDRESS) from err


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = LOOPBACK if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; else every second answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


def _last_port(url_file: Path) -> int:
    try:
        return urlsplit(url_file.read_text().strip()).port or 0
    except (OSError, ValueError):
        return 0
