"""Doing things again, for web clients: a step in its run while that goes on, anything in a new run."""

from nats.aio.client import Client

from mycoderai.broker.log import last
from mycoderai.gateway.asks import asked_before, carry_out
from mycoderai.gateway.finding import FoundRun, detail_of, find_run
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.resubmission import again, where_it_stopped
from mycoderai.gateway.taking import Taking
from mycoderai.schemas.events import Ask, Fork, RetryAsked, RunSubmitted
from mycoderai.schemas.memory import RunDetail
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.access import Me
from mycoderai.schemas.web.commands import Outcome, RetryStep
from mycoderai.schemas.web.runs import Accepted, Rerun


class Again:
    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        self._nc = nc
        self._settings = settings
        self._memory = memory
        self._taking = Taking(nc, settings)

    async def carry_out(self, run: str, asked: Rerun, me: Me) -> Accepted | Outcome:
        """Raises Problem 409 when there is nothing to do again, 404 for an unknown step, 503 while memory does not know
        where the run stopped, and what `take` raises."""
        found = await find_run(self._nc, self._settings, self._memory, run)
        log = found.log
        ended = await last(self._nc, log.run_event("finished"))
        if asked.scope in ("step", "failed"):
            known = await asked_before(self._nc, found, asked.id)
            if known or not ended:
                return await self._another_round(found, known, asked, me)
        min_seq = ended.seq if ended else 0
        return await self._taking.take(
            asked.id, (log.run, asked), me, lambda: self._submission(found, min_seq, asked, me)
        )

    async def _another_round(self, found: FoundRun, known: Ask | None, asked: Rerun, me: Me) -> Outcome:
        step = asked.step
        if asked.scope == "failed":
            step = known.step if isinstance(known, RetryAsked) else await self._failed_step(found)
        command = RetryStep(id=asked.id, run=found.log.run, step=step)
        return await carry_out(self._nc, self._settings, self._memory, command, me)

    async def _failed_step(self, found: FoundRun) -> str:
        detail = await detail_of(self._nc, self._settings, self._memory, found.log.run)
        failed = [step.step for step in detail.steps if step.state == "failed"]
        if len(failed) == 1:
            return failed[0]
        said = f"{len(failed)} steps have failed" if failed else "no step has failed"
        raise Problem(409, "nothing_to_repeat", said, f"name one: {', '.join(failed)}" if failed else "")

    async def _submission(self, found: FoundRun, min_seq: int, asked: Rerun, me: Me) -> RunSubmitted:
        submitted = found.submitted.parse().event
        if not isinstance(submitted, RunSubmitted):
            raise Problem(409, "nothing_to_repeat", "the run's submission cannot be read")
        detail = await detail_of(self._nc, self._settings, self._memory, found.log.run, min_seq)
        if asked.scope != "all" and not detail.fresh:
            raise Problem(503, "unavailable", "memory has not come to the end of this run yet", "it will; ask again")
        return again(
            submitted,
            found.log.run,
            by=me.name,
            fork=fork_of(detail, asked, found.log.shard),
            task=asked.task if asked.scope in ("all", "from") else "",
            model=asked.model,
        )


def fork_of(detail: RunDetail, asked: Rerun, shard: int) -> Fork | None:
    """Where the new run goes on from; None: it begins anew. Raises Problem."""
    if asked.scope == "all":
        return None
    step, turn = asked.step, 0
    if asked.scope == "failed":
        step = _stopped_at(detail)
        if not step:
            return None  # there never was a plan
    line = next((line for line in detail.steps if line.step == step and line.state != "dropped"), None)
    if line is None:
        raise Problem(404, "unknown_step", f"the run has no step {step[:80]!r}")
    if asked.scope == "step" and line.state == "done":
        raise Problem(409, "nothing_to_repeat", f"step {step} is done", "with the scope `from` it begins anew")
    if asked.scope == "from":
        turn = asked.turn
    if not 0 <= turn <= line.turns:
        raise Problem(400, "bad_request", f"turn: step {step} has {line.turns} turns")
    return Fork(run=detail.run.run, step=step, turn=turn, shard=shard)


def _stopped_at(detail: RunDetail) -> str:
    if detail.run.status == "succeeded":
        raise Problem(409, "nothing_to_repeat", "the run succeeded", "with the scope `from` or `all` it is done again")
    return where_it_stopped((line.step, line.state) for line in detail.steps if line.state != "dropped")
