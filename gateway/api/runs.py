"""The list of runs, and what memory knows of one."""

from datetime import UTC, datetime
from typing import get_args

import msgspec

from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint, Response
from mycoderai.gateway.code import answers
from mycoderai.gateway.finding import detail_of
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.memory import GetTurns, Held, ListRuns, RunDetail, RunStatus, StepLine, Turns
from mycoderai.schemas.web.runs import Attempts, RunPage, RunsQuery, Steps, TurnsQuery

_STATUSES = tuple[RunStatus | Held, ...]


class RunsApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/runs", handler=self.list_runs, query=RunsQuery, reply=RunPage, problems=(404,),
                summary="The newest runs first, filtered, with counts for each filter",
            ),
            Endpoint(
                method="GET", path="/runs/{run}", handler=self.get_run, reply=RunDetail, problems=(404,),
                summary="One run: its steps, attempts, evidence, questions and cost",
            ),
            Endpoint(
                method="GET", path="/runs/{run}/steps", handler=self.list_steps, reply=Steps, problems=(404,),
                summary="The steps of a run, those included that the plan has dropped",
            ),
            Endpoint(
                method="GET", path="/runs/{run}/steps/{step}", handler=self.get_step, reply=StepLine, problems=(404,),
                summary="One step with its attempts and its cost",
            ),
            Endpoint(
                method="GET", path="/runs/{run}/steps/{step}/attempts", handler=self.list_attempts, reply=Attempts,
                problems=(404,), summary="The attempts of a step",
            ),
            Endpoint(
                method="GET", path="/runs/{run}/turns", handler=self.list_turns, query=TurnsQuery, reply=Turns,
                problems=(404,), summary="What was said and done, turn by turn",
            ),
        ]  # fmt: skip

    async def list_runs(self, call: Call) -> RunPage:
        found = await self._memory.runs(question(call.query))
        return RunPage(runs=found.runs, more=found.more, facets=found.facets, total=found.total, fresh=found.fresh)

    async def get_run(self, call: Call) -> RunDetail:
        return await self._detail(call)

    async def list_steps(self, call: Call) -> Steps:
        detail = await self._detail(call)
        return Steps(run=detail.run.run, steps=detail.steps)

    async def get_step(self, call: Call) -> StepLine:
        return _step_of(await self._detail(call), call.step)

    async def list_attempts(self, call: Call) -> Attempts:
        detail = await self._detail(call)
        step = _step_of(detail, call.step)
        return Attempts(run=detail.run.run, step=step.step, attempts=step.attempts)

    async def list_turns(self, call: Call) -> Response:
        asked: TurnsQuery = call.query
        turns = GetTurns(run=call.run, step=asked.step, after=asked.after, limit=asked.limit)
        found = await self._memory.ask(turns, Turns)
        return await answers.json_answer(call.request, lambda: found)

    async def _detail(self, call: Call) -> RunDetail:
        return await detail_of(self._nc, self._settings, self._memory, call.run)


def question(asked: RunsQuery) -> ListRuns:
    """Raises Problem 400 for values that no run has."""
    return ListRuns(
        statuses=_statuses(listed(asked.status)),
        models=listed(asked.model),
        roles=listed(asked.role),
        by=listed(asked.by),
        text=asked.text,
        since=as_utc(asked.since),
        before=asked.before,
        limit=asked.limit,
        facets=asked.facets,
    )


def listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def as_utc(moment: str) -> str:
    """As memory writes times."""
    if not moment:
        return ""
    try:
        at = datetime.fromisoformat(moment)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as err:
        raise Problem(400, "bad_request", "since is no time of RFC 3339", "as in 2026-01-31T12:00:00Z") from err
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")


def _statuses(names: tuple[str, ...]) -> tuple[RunStatus | Held, ...]:
    try:
        return msgspec.convert(names, _STATUSES)
    except msgspec.ValidationError as err:
        known = ", ".join((*get_args(RunStatus), *get_args(Held)))
        raise Problem(400, "bad_request", f"status: {str(err).split(' - at')[0]}", f"known: {known}") from err


def _step_of(detail: RunDetail, step: str) -> StepLine:
    for line in detail.steps:
        if line.step == step:
            return line
    names = ", ".join(line.step for line in detail.steps[:20]) or "none yet"
    raise Problem(404, "unknown_step", f"the run has no step {step!r}", f"its steps: {names}")
