"""Goes on with runs whose commands are not in the queue.

After a restart of its machine the queue begins anew where the event streams ended (`broker/reboot.py`): runs that were
open by then have no command in it.

A server that is killed while its queue is empty goes on copying at the time of the last copy, for every event stream.
What a stream had stored by then, but had not been copied because that stream was behind another, is never copied.

So after every start and every reconnect each orchestrator looks at these runs, and at those that moved shortly before.
Any number may do so at once: every append carries what it expects, and deciding again adds only what is missing.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.log import append, first_since, last, read_events, read_page
from mycoderai.broker.reboot import queue_begins
from mycoderai.broker.runs import open_runs
from mycoderai.schemas.errors import Conflict, MycoderError, PermanentError
from mycoderai.schemas.events import StepReady
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS, EventSubject, Log, stream_of
from mycoderai.workers.core.run import fold
from mycoderai.workers.core.state import StepStatus
from mycoderai.workers.orchestrator import Orchestrator

BEFORE_S = 20.0
"""How far back it looks: longer than copying was ever seen to be behind."""
COPIED_WITHIN_S = 15.0
"""How soon after a restart copying goes on; what is under way then needs nobody to look."""
LOOK_S = 2.0
PAGE_BYTES = 1 << 20
_UNENDED = (StepStatus.READY, StepStatus.RUNNING)
log = structlog.get_logger()


class _Ready(NamedTuple):
    seq: int
    subject: EventSubject
    event: StepReady


class Overlooked:
    def __init__(
        self, nc: Client, settings: Settings, orchestrator: Orchestrator, *, copied_within_s: float = COPIED_WITHIN_S
    ) -> None:
        self._nc = nc
        self._shards = settings.shards
        self._orchestrator = orchestrator
        self._copied_within_s = copied_within_s
        self._resumed: list[int] = []

    async def run(self) -> None:
        """Until cancelled."""
        seen = -1
        while True:
            reconnects = self._nc.stats["reconnects"]
            if reconnects != seen:
                now = datetime.now(UTC)
                try:
                    await self.resume()
                    await asyncio.sleep(self._copied_within_s)  # what is copied after all needs no help
                    await self.resume()  # a broker on another machine may have begun its queue anew only now
                    await self.look(now - timedelta(seconds=BEFORE_S), now)
                    seen = reconnects
                except (MycoderError, nats.errors.Error) as err:
                    log.warning("overlooked.failed", error=str(err))
                except Exception:
                    log.exception("overlooked.bug")
                    seen = reconnects
            await asyncio.sleep(LOOK_S)

    async def resume(self) -> int:
        """Go on with the runs that were open where the queue began anew, once for each of its beginnings; how many
        commands were issued again."""
        begins, issued = await queue_begins(self._nc, self._shards), 0
        if begins == self._resumed:
            return 0
        for shard, begin in enumerate(begins):
            for run in await open_runs(self._nc, shard, begin) if begin > 1 else ():
                issued += await self._go_on(Log(run, shard), begin - 1)
        self._resumed = begins
        return issued

    async def look(self, since: datetime, until: datetime) -> int:
        """Go on with the runs that moved in that time and have not ended; how many commands were issued again."""
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
        except MycoderError:
            raise
        except Exception:
            log.exception("overlooked.bug", run=run_log.run)  # the other runs go on
        return 0

    async def _issue_again(self, run_log: Log, upto: int) -> int:
        """The commands of steps that were made ready up to a sequence and have lost theirs."""
        lost = [ready for ready in await self._unended(run_log, upto) if not await self._is_queued(ready)]
        if not lost:
            return 0
        # A command goes when its step has ended: what has not ended by now had lost its own.
        unended = await self._unended(run_log, upto)
        again = [ready for ready in lost if ready in unended]
        for ready in again:
            await append(
                self._nc, run_log.ready(ready.subject.pool, ready.subject.step), ready.event, expected=ready.seq
            )
            log.warning("overlooked.issued_again", run=run_log.run, step=ready.subject.step)
        return len(again)

    async def _unended(self, run_log: Log, upto: int) -> list[_Ready]:
        """What made a run's steps ready that wait for a worker or are at work."""
        events = await read_events(self._nc, run_log.stream, run_log.all)
        state = fold(events)
        if state.finished:
            return []
        seqs = {step.ready_seq for step in state.steps.values() if step.status in _UNENDED and step.ready_seq <= upto}
        return [
            _Ready(it.seq, it.subject, it.event) for it in events if it.seq in seqs and isinstance(it.event, StepReady)
        ]

    async def _is_queued(self, ready: _Ready) -> bool:
        subject = f"cmd.{ready.subject.pool}.{ready.subject.run}.{ready.subject.step}"
        return await last(self._nc, subject, COMMANDS) is not None


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
