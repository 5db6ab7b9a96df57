"""What people ask of a run over HTTP: judged by a real orchestrator, stored once for each id, never lost silently."""

import asyncio
import json
from typing import Any

import pytest
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, Reply, Shared, gateway, sharing

from mycoderai.broker.log import append, read
from mycoderai.gateway import asks
from mycoderai.gateway.asks import carry_out
from mycoderai.gateway.memory import Memory
from mycoderai.schemas.events import (
    Answer,
    AnyEvent,
    Question,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepFailed,
    StepReady,
    StepStarted,
    StepWaiting,
)
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log
from mycoderai.schemas.web.access import Me
from mycoderai.schemas.web.commands import CancelRun, PauseRun

TASK = RunSubmitted(task="do nothing", role="noop")
ANN = Me(name="ann", role="operator", by="token")


async def asked(served: Gateway, run: str, what: str, **fields: Any) -> Reply:
    return await judged(served, f"/api/v1/runs/{run}/commands", {"what": what, "id": new_id(), **fields})


async def judged(served: Gateway, path: str, command: dict[str, Any]) -> Reply:
    """What became of it: asked again, a command is not repeated, but the orchestrator has had more time."""

    async def not_pending() -> Reply | None:
        reply = await served.send("POST", path, command)
        return reply if reply.status != 202 else None

    return await eventually(not_pending)


async def refused(served: Gateway, run: str, what: str, **fields: Any) -> str:
    """The reason, which is both the error's sentence and the outcome's."""
    reply = await asked(served, run, what, **fields)
    assert reply.status == 409, reply.text
    assert reply.json["outcome"]["outcome"] == "refused"
    assert reply.json["error"]["code"] == "refused"
    reason: str = reply.json["error"]["message"]
    assert reply.json["outcome"]["reason"] == reason
    return reason


async def accepted(served: Gateway, run: str, what: str, **fields: Any) -> dict[str, Any]:
    reply = await asked(served, run, what, **fields)
    assert reply.status == 200, reply.text
    outcome: dict[str, Any] = reply.json
    assert outcome["outcome"] == "accepted"
    return outcome


@sharing("orchestrator", "memory")
async def test_every_verb_is_judged_and_each_refusal_has_its_reason(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(TASK)
    step = (await fleet.wait_for(log, StepReady)).subject.step
    worker = await fleet.connect("noop")

    async def tell(type_: str, event: AnyEvent) -> None:
        await append(worker, log.step_event("noop", step, type_), event)

    run = log.run
    assert "no question" in await refused(served, run, "approve", question="plan-7")
    assert "moved on to revision 1" in await refused(served, run, "edit", revision=3, steps=[])
    assert "no step 'other'" in await refused(served, run, "message", step="other", text="hello")
    assert "not paused" in await refused(served, run, "resume")
    await accepted(served, run, "pause", reason="lunch")
    assert "paused already" in await refused(served, run, "pause")
    await accepted(served, run, "resume")
    await tell("started", StepStarted(attempt=1, worker="w:1"))
    await tell("waiting", StepWaiting(attempt=1, question=Question(id="q1", kind="approval", text="May I?")))
    await eventually_listed(served, "q1")
    assert "no JSON object" in await refused(served, run, "approve", question="q1", arguments="rm")
    await accepted(served, run, "approve", question="q1", text="go on", arguments='{"path": "a"}')
    assert "settled already" in await refused(served, run, "deny", question="q1")
    ready = (await fleet.wait_for(log, StepReady, 2)).event
    assert isinstance(ready, StepReady)
    assert ready.answer == Answer(question="q1", text="go on", arguments='{"path": "a"}', by=ready.answer.by)
    await tell("started", StepStarted(attempt=2, worker="w:1"))
    await accepted(served, run, "message", step=step, text="be quick", attempt=2)
    assert "moved on to attempt 2" in await refused(served, run, "message", step=step, text="you", attempt=1)
    assert "has not failed" in await refused(served, run, "retry", step=step)
    await accepted(served, run, "edit", revision=1, steps=[{"id": "other", "role": "noop", "goal": "else"}])
    await accepted(served, run, "cancel", reason="enough")
    assert (await fleet.finished(log)).status == "cancelled"
    assert "has ended: it cancelled" in await refused(served, run, "pause")


async def eventually_listed(served: Gateway, question: str) -> None:
    """Memory follows the log; the inbox shows it a moment later."""

    async def listed() -> bool:
        inbox = await served.get("/api/v1/inbox")
        return [found["question"]["id"] for found in inbox.json["questions"]] == [question]

    await eventually(listed)


async def test_an_id_is_carried_out_once_and_answered_for_ever(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator", "memory"))
    log = await fleet.submit(TASK)
    await fleet.wait_for(log, RunPlanned)
    async with gateway(fleet.settings) as one, gateway(fleet.settings) as other:
        first, second = await asyncio.gather(*(asked(served, log.run, "pause", id="p1") for served in (one, other)))
        assert (first.status, second.status) == (200, 200)
        assert first.json["seq"] == second.json["seq"]
        assert len(await read(fleet.client, log.stream, log.asks)) == 1
        # The broker forgets what it has seen: from here on only the log knows.
        await _forget_duplicates(fleet)
        again = await accepted(other, log.run, "pause", id="p1")
        assert (again["repeated"], again["seq"]) == (True, first.json["seq"])
        taken = await asked(one, log.run, "resume", id="p1")
        assert (taken.status, taken.json["error"]["code"]) == (409, "id_used")
        word = await asked(one, log.run, "approve", id="a1", question="plan-9")
        repeated = await asked(one, log.run, "approve", id="a1", question="plan-9")
        assert (word.status, repeated.status) == (409, 409)
        assert repeated.json["outcome"] == word.json["outcome"] | {"repeated": True}
        await accepted(one, log.run, "cancel", id="c1")
        assert (await accepted(other, log.run, "cancel", id="c1"))["repeated"]
        assert (await accepted(other, log.run, "pause", id="p1"))["repeated"], "asked before the end"
        assert len(await read(fleet.client, log.stream, log.asks)) == 3


ODD: list[tuple[dict[str, Any], int]] = [
    ({"what": "cancel"}, 400),
    ({"what": "cancel", "id": ""}, 400),
    ({"what": "cancel", "id": "a\r\nNats-Rollup: all"}, 400),
    ({"what": "cancel", "id": "x" * 65}, 400),
    ({"what": "cancel", "id": 7}, 400),
    ({"what": "explode", "id": "a"}, 400),
    ({"what": "cancel", "id": "a", "reasen": "misspelt"}, 400),
    ({"what": "cancel", "id": "a", "run": "another"}, 400),
    ({"what": "message", "id": "a", "step": "x", "text": "y", "when": "soon"}, 400),
    ({"what": "edit", "id": "a", "revision": "one", "steps": []}, 400),
    ({}, 400),
]


@sharing("orchestrator", "memory")
async def test_what_is_no_command_is_refused_before_anything_is_stored(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(TASK)
    for body, status in ODD:
        reply = await served.send("POST", f"/api/v1/runs/{log.run}/commands", body)
        assert (reply.status, reply.json["error"].keys()) == (status, {"code", "message", "fix"}), body
    unknown = await asked(served, "nosuchrun", "cancel")
    assert (unknown.status, unknown.json["error"]["code"]) == (404, "unknown_run")
    assert not await read(fleet.client, log.stream, log.asks)


async def test_without_an_orchestrator_it_is_stored_and_pending(
    start_fleet: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asks, "HEARD_WITHIN_S", 0.2)
    fleet: RunningFleet = await start_fleet(("memory",))
    log = await fleet.submit(TASK)
    nc = await fleet.connect("gateway")
    command = PauseRun(id="p1", run=log.run)
    first = await carry_out(nc, fleet.settings, Memory(nc), command, ANN)
    again = await carry_out(nc, fleet.settings, Memory(nc), command, ANN)
    assert (first.outcome, first.repeated, again.outcome, again.repeated) == ("pending", False, "pending", True)
    orchestrator = await fleet.connect("orchestrator")
    await append(orchestrator, log.run_event("finished"), RunFinished(status="failed"))
    monkeypatch.setattr(asks, "HEARD_WITHIN_S", WITHIN_S)
    ended = await carry_out(nc, fleet.settings, Memory(nc), command, ANN)
    assert (ended.outcome, ended.reason, ended.seq) == ("refused", "the run failed first", first.seq)
    late = await carry_out(nc, fleet.settings, Memory(nc), CancelRun(id="c1", run=log.run), ANN)
    assert (late.outcome, late.seq) == ("refused", 0)
    (stored,) = await read(fleet.client, log.stream, log.asks)
    assert json.loads(stored.data)["by"] == "ann"


@sharing("orchestrator", "memory")
async def test_a_run_is_done_again_in_every_scope(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(TASK)
    ready = await fleet.wait_for(log, StepReady)
    step = ready.subject.step

    async def rerun(run: str = log.run, **fields: Any) -> Reply:
        return await judged(served, f"/api/v1/runs/{run}/rerun", {"id": new_id(), **fields})

    await fleet.remembered(ready.seq)

    unfinished = await rerun(scope="step", step=step, id="r1")
    assert (unfinished.status, unfinished.json["outcome"]["outcome"]) == (409, "refused")
    assert (await rerun(scope="failed")).json["error"]["code"] == "nothing_to_repeat"
    await _fail(fleet, log, step)
    finished = await fleet.wait_for(log, RunFinished)
    assert isinstance(finished.event, RunFinished)
    assert finished.event.status == "failed"
    await fleet.remembered(finished.seq)
    late = await rerun(scope="step", step=step, id="r1")
    assert late.json["outcome"] == unfinished.json["outcome"] | {"repeated": True}, "and no new run"
    forked = await rerun(scope="failed", id="r2")
    assert (forked.status, forked.json) == (201, {"run": "r2", "url": "/runs/r2", "repeated": False})
    again = await rerun(scope="failed", id="r2")
    assert (again.status, again.json["repeated"]) == (200, True)
    assert (await rerun(scope="all", id="r2")).json["error"]["code"] == "id_used"
    submitted = (await fleet.wait_for(Log("r2"), RunSubmitted)).event
    assert isinstance(submitted, RunSubmitted)
    assert submitted.fork
    assert (submitted.fork.run, submitted.fork.step) == (log.run, step)
    await fleet.remembered((await fleet.wait_for(Log("r2"), StepReady)).seq)
    await accepted(served, "r2", "cancel")
    anew = await rerun("r2", scope="all", task="other words", model="offline/other", id="r3")
    assert anew.status == 201
    submitted = (await fleet.wait_for(Log("r3"), RunSubmitted)).event
    assert isinstance(submitted, RunSubmitted)
    assert (submitted.task, submitted.model, submitted.fork) == ("other words", "offline/other", None)
    assert (await rerun("r2", scope="from", step="nowhere")).status == 404
    assert (await rerun("r2", scope="from", step=step, turn=9)).status == 400
    assert (await rerun("r2", scope="from", step=step, id="r4")).status == 201
    assert (await rerun("nosuchrun", scope="all")).status == 404
    assert (await rerun(scope="most")).status == 400


async def _fail(fleet: RunningFleet, log: Log, step: str) -> None:
    """Fail the run's only step, as its worker would, for good."""
    worker = await fleet.connect("noop")
    await append(worker, log.step_event("noop", step, "started"), StepStarted(attempt=1, worker="w:1"))
    reason = failure(FailureCode.STUCK)
    await append(worker, log.step_event("noop", step, "failed"), StepFailed(attempt=1, failure=reason))


async def _forget_duplicates(fleet: RunningFleet) -> None:
    """Let the broker's window for duplicates pass."""
    admin = await fleet.connect("admin")
    info = json.loads((await admin.request("$JS.API.STREAM.INFO.EVENTS", b"", timeout=WITHIN_S)).data)
    config = info["config"] | {"duplicate_window": 100_000_000}
    answer = await admin.request("$JS.API.STREAM.UPDATE.EVENTS", json.dumps(config).encode(), timeout=WITHIN_S)
    assert "error" not in json.loads(answer.data)
    await asyncio.sleep(0.3)  # it is time itself that has to pass
