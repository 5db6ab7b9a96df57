"""O7: a fleet at rest. Nothing is pending, nothing is left in the queue, memory has come to the end of the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from pathlib import Path

import nats.errors
import remembered
from rig import MEMORIES, Rig

from mycoderai.broker.api import ask_api
from mycoderai.broker.log import read_events
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.events import RunFinished
from mycoderai.schemas.subjects import COMMANDS, MEMORY, stream_of

LOOK_EVERY_S = 0.3


async def come_to_rest(rig: Rig, runs: Collection[str], since: Mapping[int, int], within_s: float) -> list[str]:
    """Wait for it; what is left over when the time is. since: where each shard was before the runs."""
    deadline = time.monotonic() + within_s
    open_, after = set(runs), dict(since)
    left: list[str] = []
    while True:
        try:
            await _take_off_ended(rig, open_, after)
            left = [f"run {run} has no end" for run in sorted(open_)] or [said async for said in _left(rig)]
        except (MycoderError, nats.errors.Error) as err:
            left = [f"the broker does not answer: {err}"]
        if not left or time.monotonic() > deadline:
            return left
        await asyncio.sleep(LOOK_EVERY_S)


async def _take_off_ended(rig: Rig, open_: set[str], after: dict[int, int]) -> None:
    for shard in after:
        for it in await read_events(rig.admin, stream_of(shard), f"evt.{shard}.*.run.finished", after[shard]):
            after[shard] = it.seq
            if isinstance(it.event, RunFinished):
                open_.discard(it.subject.run)


async def _left(rig: Rig) -> AsyncIterator[str]:
    for name in rig.missing():
        yield f"{name} is not back"
    commands = await ask_api(rig.admin, f"STREAM.INFO.{COMMANDS}")
    if count := commands["state"]["messages"]:
        yield f"{count} commands are left"
    for consumer in (await ask_api(rig.admin, f"CONSUMER.LIST.{COMMANDS}"))["consumers"]:
        if waiting := consumer["num_pending"] + consumer["num_ack_pending"]:
            yield f"pool {consumer['name']} has {waiting} commands under way"
    for stream in (MEMORY, *map(stream_of, range(rig.settings.shards))):
        last = (await ask_api(rig.admin, f"STREAM.INFO.{stream}"))["state"]["last_seq"]
        for name in MEMORIES:
            if (there := await remembered.applied(rig.memory_file(name), stream)) != last:
                yield f"{name} stands at {there} of {stream}, which ends at {last}"


def orphans(data: Path) -> Iterator[str]:
    """Processes that still belong to a fleet that was stopped."""
    mark = str(data).encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            environ, command = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if mark in environ or mark in command:
            yield f"process {folder.name} outlived its fleet: {command.replace(bytes(1), b' ').decode()[:120]}"
