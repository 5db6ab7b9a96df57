"""A three-node broker on loopback, whose nodes can be killed, paused and started again."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec
from eventually import eventually
from nats.aio.client import Client
from ports_support import free_ports

from mycoderai.broker.api import look_up
from mycoderai.broker.credentials import SERVICES, ensure_users
from mycoderai.broker.server import Node, end_with_parent, find_binary, render_node
from mycoderai.schemas.settings import Settings

NODES = ("n1", "n2", "n3")


class Cluster:
    def __init__(self, settings: Settings, nodes: Sequence[Node], folder: Path, wrap: dict[str, list[str]]) -> None:
        """wrap: what a node's command is put behind, such as `ip netns exec`."""
        urls = ",".join(f"nats://{node.host}:{node.port}" for node in nodes)
        self.settings = msgspec.structs.replace(settings, nats_url=urls, replicas=3)
        self.nodes = {node.name: node for node in nodes}
        self._folder = folder
        self._wrap = wrap
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        users = ensure_users(settings.credentials, (*SERVICES, *settings.all_pools))
        (route,) = ensure_users(folder / "routes", ("route",))
        for node in nodes:
            text = render_node(self.settings, users, node, nodes, route, folder / node.name)
            (folder / f"{node.name}.conf").write_text(text)

    def start(self, name: str) -> None:
        command = [*self._wrap.get(name, []), find_binary(self.settings), "-c", str(self._folder / f"{name}.conf")]
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, preexec_fn=end_with_parent
            )

    def kill(self, name: str) -> None:
        self._processes[name].kill()
        self._processes[name].wait()

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self._processes[name].pid, number)

    def stop(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()


async def leader_of(nc: Client, stream: str) -> str:
    """The node that leads a stream; empty while nobody does."""
    info = await look_up(nc, f"STREAM.INFO.{stream}")
    return str((info or {}).get("cluster", {}).get("leader", ""))


@asynccontextmanager
async def cluster(folder: Path, *, shards: int = 1) -> AsyncIterator[Cluster]:
    """Three nodes on free ports of loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = free_ports(6)
    nodes = [Node(name, "127.0.0.1", ports[2 * i], ports[2 * i + 1]) for i, name in enumerate(NODES)]
    settings = Settings(data_dir=str(folder / "data"), durability="process", shards=shards)
    servers = Cluster(settings, nodes, folder, {})
    try:
        for name in NODES:
            servers.start(name)
        await listening(nodes)
        yield servers
    finally:
        servers.stop()


async def listening(nodes: Sequence[Node]) -> None:
    async def listens(node: Node) -> bool:
        try:
            _, writer = await asyncio.open_connection(node.host, node.port)
        except OSError:
            return False
        writer.close()
        return True

    for node in nodes:
        await eventually(partial(listens, node))
