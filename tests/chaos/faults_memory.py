"""Memory workers that are killed or stopped, and files of theirs that are locked, damaged, or have no room."""

import asyncio
import signal
import sqlite3
import time
from pathlib import Path

import disks
from rig import MEMORIES, TOLD_WITHIN_S
from scene import Scene
from writers import Writers

from mycoderai.broker.tasks import end
from mycoderai.gateway.fleet_plan import WorkerSpec

PAGE = 4096
FULL_S = 1.0
SECOND_ENDS_WITHIN_S = 60.0
WRITERS_AT_ONCE = 4


async def killed(scene: Scene) -> None:
    """Killed anywhere, inside a transaction and after a commit, in turn; and a third one that takes a file in use."""
    ways = (signal.SIGKILL, signal.SIGUSR1, signal.SIGUSR2)
    await _second_on_one_file(scene)
    async for number in scene.every(1.0):
        scene.rig.kill([MEMORIES[number % 2]], ways[number % 3])


async def _second_on_one_file(scene: Scene) -> None:
    command, environment = scene.rig.command(WorkerSpec(MEMORIES[0], ("memory",)))
    environment.pop("MYCODER_READY_FD", None)
    second = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(SECOND_ENDS_WITHIN_S):
            scene.expect(await second.wait() == 1, "O5", "a second memory worker took a file that is in use")
    except TimeoutError:
        second.kill()
        await second.wait()
        scene.expect(False, "O5", "a second memory worker works on a file that is in use")
    scene.faults += 1


async def locked(scene: Scene) -> None:
    """Another process writes to the file and does not come to an end."""
    await asyncio.sleep(0.5)
    db = sqlite3.connect(scene.rig.memory_file(MEMORIES[0]), isolation_level=None, timeout=10)
    db.execute("BEGIN IMMEDIATE")
    await asyncio.sleep(scene.seconds)
    db.execute("ROLLBACK")
    db.close()
    scene.faults += 1


async def no_room(scene: Scene) -> None:
    """The disk of the one is full, and then read-only when it starts; it goes on by itself when that is over."""
    name = MEMORIES[1]
    folder = scene.rig.data_of(name)
    await asyncio.sleep(0.5)
    ballast = disks.fill(folder)
    await scene.until(lambda: "disk is full" in scene.rig.said(name), "memory says that its disk is full")
    await asyncio.sleep(FULL_S)
    ballast.unlink()
    await _start_on_a_read_only_disk(scene, name, folder)
    scene.faults += 2


async def _start_on_a_read_only_disk(scene: Scene, name: str, folder: Path) -> None:
    since = len(scene.rig.told)
    scene.rig.kill([name])
    _make_read_only(folder)
    try:
        await scene.rig.heard(f"{name} worker {name} could not start", since)
    finally:
        disks.make_writable(folder)
    await scene.rig.heard(f"{name} is back", since)


def _make_read_only(folder: Path) -> None:
    """As soon as the killed one's files are closed. Without a turn for the supervisor, who lives in this process and
    would start it again."""
    deadline = time.monotonic() + TOLD_WITHIN_S
    while not disks.make_read_only(folder):
        if time.monotonic() > deadline:
            raise TimeoutError("the disk is read-only")
        time.sleep(0.01)


async def damaged(scene: Scene) -> None:
    """The file of the one is overwritten in many places, the other loses its write-ahead log."""
    first, second = MEMORIES
    await asyncio.sleep(scene.seconds / 2)
    for name, damage in ((first, _overwrite_pages), (second, _remove_log)):
        file, since = scene.rig.memory_file(name), len(scene.rig.told)
        before = len(_aside(file))
        pid = scene.rig.pid(name)
        scene.rig.signal(pid, signal.SIGSTOP)
        damage(file)
        scene.rig.kill([name])
        await scene.rig.heard(f"{name} is back", since)
        scene.expect(len(_aside(file)) > before, "O5", f"{name} did not notice that its file was damaged")
        scene.faults += 1


def _aside(file: Path) -> list[Path]:
    return [aside for aside in file.parent.glob(f"{file.name}.corrupt-*") if aside.suffix[-1].isdigit()]


def _overwrite_pages(file: Path) -> None:
    """Every eighth page but the first."""
    with file.open("r+b") as pages:
        for page in range(4, file.stat().st_size // PAGE, 8):
            pages.seek(page * PAGE)
            pages.write(b"\xa5" * PAGE)


def _remove_log(file: Path) -> None:
    file.with_name(f"{file.name}-wal").unlink()


async def stopped(scene: Scene) -> None:
    """The one is stopped past every wait while items are written through both, and goes on with what it had in hand."""
    writers = Writers(scene)
    pid = scene.rig.pid(MEMORIES[0])
    writing = [asyncio.create_task(writers.write(number)) for number in range(WRITERS_AT_ONCE)]
    try:
        await asyncio.sleep(0.5)
        scene.rig.signal(pid, signal.SIGSTOP)
        await asyncio.sleep(scene.seconds)
        scene.rig.signal(pid, signal.SIGCONT)
        scene.faults += 1
        await scene.until(lambda: len(writers.accepted) > WRITERS_AT_ONCE, "writes are accepted")
        writers.is_over.set()
        await asyncio.gather(*writing)
    finally:
        scene.rig.signal(pid, signal.SIGCONT)
        await end(writing)
