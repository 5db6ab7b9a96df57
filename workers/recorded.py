"""Reading what a finished run's log recorded of a step."""

from nats.aio.client import Client

from mycoderai.broker.log import last, read_events
from mycoderai.schemas.events import Recorded
from mycoderai.schemas.subjects import Log
from mycoderai.workers.core.recording import Recording, recording_of


async def read_recording(nc: Client, run: str, shard: int, step: str, round_: int) -> Recording:
    """One round of the step, whatever pool took it; empty when the run has no such step."""
    log = Log(run, shard)
    finished = await last(nc, log.run_event("finished"))
    end = finished.seq if finished else 0
    events = _before(await read_events(nc, log.stream, log.step("*", step)), end)
    calls = _before(await read_events(nc, log.stream, log.call(step, "*")), end)
    heard = await read_events(nc, log.stream, log.run_event("heard"))
    return recording_of(run, step, round_, events, calls, heard)


def _before(events: list[Recorded], end: int) -> list[Recorded]:
    """What a worker still said after the end of the run is no part of it."""
    return [recorded for recorded in events if not end or recorded.seq < end]
