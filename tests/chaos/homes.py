"""Where the fleet of a test lives: with others, on a disk of its own, or with its workers on machines of their own."""

import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

sys.path.append(str(Path(__file__).resolve().parents[1] / "cluster"))

import disks
from machines import Machines
from rig import AGENTS, MEMORIES, Rig

OWN_DISK_MIB, MEMORY_DISK_MIB = 64, 64


class Home(NamedTuple):
    name: str
    rig: Callable[[Path, int, str], AbstractAsyncContextManager[Rig]]
    """Takes a folder, a seed and a mutation."""
    lacks: Callable[[], str] = lambda: ""
    """What of it this host cannot give; empty when it can."""


@asynccontextmanager
async def _shared(folder: Path, seed: int, mutation: str) -> AsyncIterator[Rig]:
    """One memory worker has a small disk of its own, where one can be mounted."""
    (folder / "data").mkdir(mode=0o700)
    with ExitStack() as stack:
        if not disks.why_not():
            stack.enter_context(disks.small_disk(folder / "data" / MEMORIES[1], MEMORY_DISK_MIB))
        async with Rig(folder / "data", seed, mutation=mutation) as rig:
            yield rig


@asynccontextmanager
async def _small_disk(folder: Path, seed: int, mutation: str) -> AsyncIterator[Rig]:
    with disks.small_disk(folder / "data", OWN_DISK_MIB):
        async with Rig(folder / "data", seed, mutation=mutation, world=folder) as rig:
            yield rig


@asynccontextmanager
async def _machines(folder: Path, seed: int, mutation: str) -> AsyncIterator[Rig]:
    machines = Machines(folder)
    try:
        for name in AGENTS:
            machines.add(name)

        def enter(name: str) -> list[str]:
            return machines.enter(name) if name in AGENTS else []

        async with Rig(folder / "data", seed, mutation=mutation, host=machines.here, enter=enter) as rig:
            rig.machines = machines
            yield rig
    finally:
        machines.stop()


def _no_machines() -> str:
    name = f"try{secrets.token_hex(2)}"
    try:
        disks.run("ip", "netns", "add", name)
        disks.run("ip", "-n", name, "link", "add", "br0", "type", "bridge")
        disks.run("ip", "-n", name, "link", "add", "one", "type", "veth", "peer", "name", "other")
    except OSError as err:
        return str(err)
    finally:
        with suppress(OSError):
            disks.run("ip", "netns", "del", name)
    return ""


SHARED = Home("shared", _shared)
SMALL_DISK = Home("a small disk", _small_disk, disks.why_not)
MACHINES = Home("machines", _machines, _no_machines)


@asynccontextmanager
async def at_home(home: Home, seed: int, mutation: str = "") -> AsyncIterator[tuple[Rig, Path]]:
    """A rig, and the folder that is left behind with its logs and stores."""
    folder = Path(tempfile.mkdtemp(prefix="mycoder-chaos-"))
    async with home.rig(folder, seed, mutation) as rig:
        yield rig, folder
