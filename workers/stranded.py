"""What becomes of a command nobody will get any more: its run goes on without it, gets it once more, or ends.

The letter is written before the run is looked at, and taken away when the command turns out to be no poison. One
that is still there after a while therefore says that whoever looked died of it: then the run ends without a look.
What makes the run go on or end is stored before the command goes.
"""

from datetime import UTC, datetime

import structlog
from nats.aio.client import Client

from mycoderai.broker.dead import letter_subject, store
from mycoderai.broker.letters import Letter, letters_on, remove
from mycoderai.broker.log import Raw, append, append_bytes, read, read_events
from mycoderai.broker.topology import MAX_DELIVER
from mycoderai.schemas.errors import Conflict, MycoderError, PermanentError
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.subjects import COMMANDS, DEAD, ORCHESTRATOR, Log
from mycoderai.workers.core.run import fold
from mycoderai.workers.core.state import RunState
from mycoderai.workers.core.sweep import Verdict, ended, verdict_on_step
from mycoderai.workers.orchestrator import Orchestrator

DIED_OF_IT_S = 60.0
"""A letter this old was left by somebody who did not come to the end."""
log = structlog.get_logger()


class Command:
    """A command as it lies in the queue."""

    def __init__(self, raw: Raw, shards: int) -> None:
        self.seq = raw.seq
        self.subject = raw.subject
        self.data = raw.data
        self.age_s = _age_s(raw.time)
        _, self.pool, self.run, self.step, *_ = [*raw.subject.split("."), "", "", ""]
        self.log = Log(self.run, shard_of(self.run, shards))
        stream, seq, *_ = [*raw.headers.get("Nats-Stream-Source", "").split(" "), ""]
        self.source = (stream, int(seq) if seq.isdecimal() else 0)

    @property
    def belongs(self) -> bool:
        """Whether it stands for an event of the log that its run has."""
        return is_token(self.run) and is_token(self.step) and self.source[0] == self.log.stream


class Undertaker:
    def __init__(self, nc: Client, orchestrator: Orchestrator) -> None:
        self._nc = nc
        self._orchestrator = orchestrator

    async def given_up(self, command: Command) -> None:
        """A command that was delivered as often as the broker does."""
        what = "decide about the run" if command.pool == ORCHESTRATOR else f"carry out step {command.step}"
        await self._deal_with(command, f"Nobody managed to {what} in {MAX_DELIVER} tries.", attempts=MAX_DELIVER)

    async def unwanted(self, command: Command) -> None:
        """A command to a pool that does not exist."""
        await self._deal_with(command, f"No worker takes steps for the pool {command.pool!r}.", attempts=0)

    async def _deal_with(self, command: Command, why: str, attempts: int) -> None:
        left = await self._left_behind(command)
        if left and _age_s(left.time) < DIED_OF_IT_S:
            return  # somebody is at it
        if left:
            await self._end(command, why)
        else:
            await self._look(command, why, attempts)
        if await remove(self._nc, COMMANDS, command.seq):
            log.warning("sweep.removed", command=command.subject, seq=command.seq, why=why)

    async def _look(self, command: Command, why: str, attempts: int) -> None:
        letter = await self._write(command, why, attempts)
        poison = False
        try:
            poison = await self._is_poison(command, why, may_go_on=attempts > 0)
        finally:
            # Trouble with the broker is not the command's fault: the next sweep looks again.
            if not poison:
                await remove(self._nc, DEAD, letter)

    async def _is_poison(self, command: Command, why: str, *, may_go_on: bool) -> bool:
        if not command.belongs:
            return True
        if command.pool == ORCHESTRATOR:
            return await self._is_undecidable(command, why)
        state = fold(await read_events(self._nc, command.log.stream, command.log.all))
        if state.submission is None:
            return True
        verdict = verdict_on_step(state, command.step, command.source[1])
        if verdict is Verdict.MOOT:
            return False
        if verdict is Verdict.AGAIN and may_go_on:
            await self._issue_again(command)
            return False
        await self._end(command, why, state)
        return True

    async def _is_undecidable(self, command: Command, why: str) -> bool:
        try:
            await self._orchestrator.settle(command.log)
        except (Conflict, PermanentError) as err:
            log.warning("sweep.undecided", run=command.run, error=err.message)
        except MycoderError:
            raise
        except Exception:
            log.exception("sweep.undecidable", run=command.run)
        else:
            return False
        await self._end(command, why)
        return True

    async def _issue_again(self, command: Command) -> None:
        subject = command.log.ready(command.pool, command.step)
        await append_bytes(self._nc, subject, command.data, expected=command.source[1])
        log.warning("sweep.issued_again", run=command.run, step=command.step)

    async def _end(self, command: Command, why: str, state: RunState | None = None) -> None:
        """state: None where reading the run's log is not safe."""
        decided = await read(self._nc, command.log.stream, command.log.decisions) if command.belongs else []
        if not decided or any(raw.subject == command.log.run_event("finished") for raw in decided):
            return
        reason = Failure(
            code=FailureCode.ATTEMPTS_EXHAUSTED,
            message=f"{why} The command is kept as a dead letter.",
            fix=f"mycoder dead ls --run {command.run}",
        )
        subject = command.log.run_event("finished")
        finished = ended(reason, state)
        await append(self._nc, subject, finished, expected=decided[-1].seq, log_of=command.log.decisions)

    async def _left_behind(self, command: Command) -> Letter | None:
        found = [
            letter for letter in await self._letters(command) if (letter.stream, letter.sequence) == command.source
        ]
        return found[-1] if found else None

    async def _letters(self, command: Command) -> list[Letter]:
        return await letters_on(self._nc, letter_subject(command.subject))

    async def _write(self, command: Command, why: str, attempts: int) -> int:
        """Raises BrokerUnreachable, too, when another sweeper was first."""
        others = await self._letters(command)
        return await store(
            self._nc,
            letter_subject(command.subject),
            command.data,
            why,
            subject=command.subject,
            attempts=attempts,
            source=command.source,
            expected=others[-1].seq if others else 0,
        )


def _age_s(time: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(time)).total_seconds()
