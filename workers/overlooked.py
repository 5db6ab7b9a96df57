"""Goes on with runs whose commands were lost on the way into the queue.

A server that is killed while its queue is empty goes on copying at the time of the last copy, for every event stream.
What a stream had stored by then, but had not been copied because that stream was behind another, is never copied. So
after every start and every reconnect each orchestrator looks at the runs that moved shortly before. Any number may do
so at once: every append carries what it expects, and deciding again adds only what is missing.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.log import append, first_since, last, read_events, read_page
from mycoderai.schemas.errors import Conflict, MycoderError, PermanentError
from mycoderai.schemas.events import StepReady
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS, Log, stream_of
from mycoderai.workers.core.run import fold
from mycoderai.workers.core.state import StepStatus
from mycoderai.workers.orchestrator import Orchestrator

BEFORE_S = 20.0
"""How far back it looks: longer than copying was ever seen to be behind."""
COPIED_WITHIN_S = 15.0
"""How soon after a restart copying goes on; what is under way then needs nobody to look."""
LOOK_S = 2.0
PAGE_BYTES = 1 << 20
log = structlog.get_logger()


class Overlooked:
    def __init__(
        self, nc: Client, settings: Settings, orchestrator: Orchestrator, *, copied_within_s: float = COPIED_WITHIN_S
    ) -> None:
        self._nc = nc
        self._shards = settings.shards
        self._orchestrator = orchestrator
        self._copied_within_s = copied_within_s

    async def run(self) -> None:
        """Until cancelled."""
        seen = -1
        while True:
            reconnects = self._nc.stats["reconnects"]
            if reconnects != seen:
                now = datetime.now(UTC)
                try:
                    await self.look(now - timedelta(seconds=BEFORE_S), now)
                    seen = reconnects
                except (MycoderError, nats.errors.Error) as err:
                    log.warning("overlooked.failed", error=str(err))
                except Exception:
                    log.exception("overlooked.bug")
                    seen = reconnects
            await asyncio.sleep(LOOK_S)

    async def look(self, since: datetime, until: datetime) -> int:
        """Go on with the runs that moved in that time and have not ended; how many commands were issued again."""
        await asyncio.sleep(self._copied_within_s)  # what is copied after all needs no help
        issued = 0
        for shard in range(self._shards):
            for run, upto in (await self._open_runs(shard, since, until)).items():
                issued += await self._go_on(Log(run, shard), upto)
        return issued

    async def _open_runs(self, shard: int, since: datetime, until: datetime) -> dict[str, int]:
        """Runs and the last sequence of each that was there to be copied."""
        stream, end = stream_of(shard), _stamp(until)
        after = await first_since(self._nc, stream, f"evt.{shard}.>", _stamp(since)) - 1
        runs: dict[str, int] = {}
        more = int(after >= 0)
        while more:
            page, more = await read_page(self._nc, stream, after, max_bytes=PAGE_BYTES)
            for raw in page:
                if raw.time > end:
                    more = 0
                    break
                runs[raw.subject.split(".")[2]] = 0 if raw.subject.endswith(".run.finished") else raw.seq
            after = page[-1].seq if page else after
            more = more if page else 0
        return {run: seq for run, seq in runs.items() if seq}

    async def _go_on(self, run_log: Log, upto: int) -> int:
        try:
            await self._orchestrator.settle(run_log)
            return await self._issue_again(run_log, upto)
        except (Conflict, PermanentError) as err:
            log.info("overlooked.left", run=run_log.run, reason=err.message)  # to somebody else, or to the sweeper
            return 0

    async def _issue_again(self, run_log: Log, upto: int) -> int:
        events = await read_events(self._nc, run_log.stream, run_log.all)
        waiting = {step.ready_seq for step in fold(events).steps.values() if step.status is StepStatus.READY}
        issued = 0
        for it in events:
            ready = it.event
            if it.seq not in waiting or it.seq > upto or not isinstance(ready, StepReady):
                continue
            pool, step = it.subject.pool, it.subject.step
            if await last(self._nc, f"cmd.{pool}.{run_log.run}.{step}", COMMANDS) is None:
                await append(self._nc, run_log.ready(pool, step), ready, expected=it.seq)
                log.warning("overlooked.issued_again", run=run_log.run, step=step)
                issued += 1
        return issued


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
