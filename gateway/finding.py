"""A run from what a client named: the log itself tells of a whole id, so a run is found the moment it is submitted;
memory tells of the beginning of one."""

from typing import NamedTuple

from nats.aio.client import Client

from mycoderai.broker.log import Raw, last
from mycoderai.gateway.memory import Memory
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.memory import RunDetail
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log


class FoundRun(NamedTuple):
    log: Log
    submitted: Raw
    """The first event of the log."""


async def find_run(nc: Client, settings: Settings, memory: Memory, text: str) -> FoundRun:
    """Raises RefusedError when no run begins so, or several."""
    if found := await of_whole_id(nc, settings, text):
        return found
    named = (await memory.run(text)).run.run
    if found := await of_whole_id(nc, settings, named):
        return found
    raise RefusedError(failure(FailureCode.UNKNOWN_RUN, f"The log of run {named} is gone."))


async def of_whole_id(nc: Client, settings: Settings, run: str) -> FoundRun | None:
    if not is_token(run):
        return None
    log = Log(run, shard_of(run, settings.shards))
    submitted = await last(nc, log.run_event("submitted"))
    return FoundRun(log, submitted) if submitted else None


async def detail_of(nc: Client, settings: Settings, memory: Memory, text: str, min_seq: int = 0) -> RunDetail:
    """What memory knows of a run; waits a moment for a run that it has not come to yet."""
    shard = shard_of(text, settings.shards)
    try:
        return await memory.run(text, shard, min_seq)
    except RefusedError as err:
        found = await of_whole_id(nc, settings, text)
        if err.failure.code is not FailureCode.UNKNOWN_RUN or found is None:
            raise
        return await memory.run(text, shard, max(min_seq, found.submitted.seq))
