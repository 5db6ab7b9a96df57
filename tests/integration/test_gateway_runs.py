"""The list of runs, one run, and pages of its log over HTTP."""

from typing import Any

from fleet_support import RunningFleet
from gateway_support import Gateway, gateway
from nats.aio.client import Client

from mycoderai.broker.log import append
from mycoderai.gateway.log_pages import LOOKED_AT
from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import (
    PauseAsked,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepReady,
    StepSpec,
    StepStarted,
    StepTurn,
    encode,
)
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log

CODE = Checkpoint(commit="c" * 40, tree="d" * 40)
LONG = "x" * 20_000


async def listed(served: Gateway, query: str) -> dict[str, Any]:
    reply = await served.get(f"/api/v1/runs{query}")
    assert reply.status == 200, reply.text
    found: dict[str, Any] = reply.json
    return found


def ids(page: dict[str, Any]) -> list[str]:
    return [line["run"] for line in page["runs"]]


async def test_runs_are_filtered_counted_and_paged(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("memory",))
    admin = await fleet.connect("admin")
    runs = [f"{name}{new_id()}" for name in "abcdef"]
    tasks = ["Fix the 100% parser", "fix the lexer", "write documents", "FIX everything", "a_b", "axb"]
    for number, (run, task) in enumerate(zip(runs, tasks, strict=True)):
        event = RunSubmitted(
            task=task,
            model="m/one" if number % 2 else "m/two",
            role="noop",
            submitted_by="ann" if number < 4 else "bob",
        )
        await append(admin, Log(run).run_event("submitted"), event, expected=0)
    await append(admin, Log(runs[0]).run_event("finished"), RunFinished(status="failed"))
    await append(admin, Log(runs[1]).run_event("finished"), RunFinished(status="succeeded"))
    last = await append(admin, Log(runs[2]).ask("pause"), PauseAsked(by="ann"))
    async with gateway(fleet.settings) as served:
        await fleet.remembered(last)
        every = await listed(served, "")
        assert ids(every) == runs[::-1]
        assert every["total"] == 6
        assert every["facets"] == {
            "status": {"submitted": 3, "failed": 1, "paused": 1, "succeeded": 1},
            "model": {"m/one": 3, "m/two": 3},
            "role": {"noop": 6},
            "by": {"ann": 4, "bob": 2},
        }
        some = await listed(served, "?status=failed,paused,submitted&by=ann&limit=1")
        assert (ids(some), some["more"], some["total"]) == ([runs[3]], True, 3)
        assert some["facets"]["by"] == {"ann": 3, "bob": 2}, "of a filter's own values, all that would be listed"
        assert some["facets"]["status"] == {"failed": 1, "paused": 1, "submitted": 1, "succeeded": 1}
        rest = await listed(served, f"?status=failed,paused,submitted&by=ann&before={runs[3]}")
        assert (ids(rest), rest["more"]) == ([runs[2], runs[0]], False)
        assert ids(await listed(served, "?text=the%20FIX")) == [runs[1], runs[0]]
        assert ids(await listed(served, "?text=100%25")) == [runs[0]]
        assert ids(await listed(served, "?text=a_b")) == [runs[4]], "no wildcard"
        assert ids(await listed(served, f"?text={runs[5][:12]}")) == [runs[5]]
        moment = every["runs"][2]["submitted_at"][:26]
        assert ids(await listed(served, f"?since={moment}Z")) == runs[:2:-1]
        assert ids(await listed(served, "?since=2200-01-01&facets=false")) == []
        for odd in ("?status=odd", "?since=soon", "?limit=x", "?colour=red"):
            assert (await served.get(f"/api/v1/runs{odd}")).status == 400, odd


async def long_log(admin: Client, log: Log, others: list[Log], turns: int) -> int:
    """A run of many turns in a stream where others write too; its last sequence."""
    spec = StepSpec(id="main", role="coder", goal="do it")
    task = RunSubmitted(task="long", role="coder")
    head: list[tuple[str, Any]] = [
        (log.run_event("submitted"), task),
        (log.run_event("planned"), RunPlanned(steps=(spec,))),
        (log.ready("coder", "main"), StepReady(spec=spec, submission=task)),
        (log.step_event("coder", "main", "started"), StepStarted(attempt=1, worker="w:1")),
    ]
    for subject, event in head:
        await append(admin, subject, event)
    for turn in range(1, turns + 1):
        said = Message(role="assistant", content=f"Turn {turn} ÄPFEL")
        result = ToolResult(call=f"c{turn}", name="bash", output=LONG if turn == 1 else "ok")
        event = StepTurn(attempt=1, turn=turn, message=said, results=(result,), checkpoint=CODE)
        await admin.publish(log.step_event("coder", "main", "turn"), encode(event))
        for other in others:
            await admin.publish(other.ask("pause"), encode(PauseAsked(by="ann")))
    again = RunPlanned(revision=2, steps=(spec, StepSpec(id="more", role="tester", goal="see")), reason="more to do")
    return await append(admin, log.run_event("planned"), again, id=new_id())  # stored once, however long it all takes


async def test_a_log_is_paged_from_both_ends_and_filtered(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("memory",), durability="process")
    admin = await fleet.connect("admin")
    log, others = Log(new_id()), [Log(new_id()) for _ in range(4)]
    last = await long_log(admin, log, others, 150)
    async with gateway(fleet.settings) as served:

        async def page(query: str) -> dict[str, Any]:
            reply = await served.get(f"/api/v1/runs/{log.run}/events?{query}")
            assert reply.status == 200, reply.text
            found: dict[str, Any] = reply.json
            return found

        whole = (await page("after=0&limit=1000"))["events"]
        assert len(whole) == 155
        assert [event["kind"] for event in whole[:4]] == ["run.submitted", "run.planned", "step.ready", "step.started"]
        end = await page("limit=7")
        assert (end["events"], end["more_before"], end["more_after"], end["total"]) == (whole[-7:], True, False, 155)
        backward, before, pages = end["events"], end["first_seq"], 1
        while end["more_before"]:
            end = await page(f"before={before}&limit=40")
            backward, before, pages = end["events"] + backward, end["first_seq"], pages + 1
        assert (backward, pages) == (whole, 5)
        forward: list[dict[str, Any]] = []
        found: dict[str, Any] = {"more_after": True, "last_seq": 0}
        while found["more_after"]:
            found = await page(f"after={found['last_seq']}&limit=60")
            forward += found["events"]
        assert forward == whole
        assert [e["turn"] for e in (await page("kinds=step.turn&limit=3"))["events"]] == [148, 149, 150]
        kinds = await page("kinds=run.,step.started&after=0")
        assert [e["kind"] for e in kinds["events"]] == ["run.submitted", "run.planned", "step.started", "run.planned"]
        assert [e["turn"] for e in (await page("text=turn%2077%20%C3%84&step=main"))["events"]] == [77]
        assert (await page("step=other"))["events"] == []
        assert (await page(f"after={whole[-1]['seq']}"))["events"] == []
        for odd in ("kinds=Odd", "kinds=step.*", "limit=x", "after=x", "colour=red"):
            assert (await served.get(f"/api/v1/runs/{log.run}/events?{odd}")).status == 400, odd
        await fleet.remembered(last)
        await _whole_messages(served, log, others[0], whole)
        await _what_memory_knows(served, log)


async def test_what_a_step_did_is_one_page_away_however_far_back_it_lies(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("memory",), durability="process")
    admin = await fleet.connect("admin")
    log = Log(new_id())
    await append(admin, log.run_event("submitted"), RunSubmitted(task="two steps"))
    for step in ("first", "second"):
        said = Message(role="assistant", content="Go on.")
        for turn in range(1, LOOKED_AT + 100):
            event = StepTurn(attempt=1, turn=turn, message=said, results=(), checkpoint=CODE)
            await admin.publish(log.step_event("coder", step, "turn"), encode(event))
    await append(admin, log.run_event("finished"), RunFinished(status="failed"))
    async with gateway(fleet.settings) as served:

        async def turns(query: str) -> list[int]:
            path = f"/api/v1/runs/{log.run}/events?kinds=step.started,step.turn&{query}"
            return [event["turn"] for event in (await served.get(path)).json["events"]]

        last = LOOKED_AT + 99
        assert await turns("step=first&limit=3") == [last - 2, last - 1, last], "from the end"
        assert await turns("step=second&after=0&limit=3") == [1, 2, 3], "from the beginning"
        assert await turns("step=first&before=50&limit=3") == [46, 47, 48]


async def _whole_messages(served: Gateway, log: Log, other: Log, events: list[dict[str, Any]]) -> None:
    first = next(event for event in events if event["kind"] == "step.turn")
    assert "characters left out" in first["results"][0]["output"]
    stored = (await served.get(f"/api/v1/runs/{log.run[:12]}/events/{first['seq']}")).json
    assert stored["event"]["results"][0]["output"] == LONG
    assert stored["subject"] == log.step_event("coder", "main", "turn")
    for seq in (first["seq"] + 1, 0, 10**9, 10**30, -1, "x"):
        assert (await served.get(f"/api/v1/runs/{log.run}/events/{seq}")).status == 404, seq
    assert (await served.get(f"/api/v1/runs/{other.run}/events/{first['seq']}")).status == 404, "that is another run's"


async def _what_memory_knows(served: Gateway, log: Log) -> None:
    assert (await served.get(f"/api/v1/runs/{log.run}")).json["revision"] == 2
    plan = (await served.get(f"/api/v1/runs/{log.run}/plan")).json
    assert [(one["revision"], one["reason"], len(one["steps"])) for one in plan["revisions"]] == [
        (1, "", 1),
        (2, "more to do", 2),
    ]
    assert (plan["revision"], plan["roles"]) == (2, [])
    steps = (await served.get(f"/api/v1/runs/{log.run}/steps")).json["steps"]
    assert [step["step"] for step in steps] == ["main", "more"]
    main = (await served.get(f"/api/v1/runs/{log.run}/steps/main")).json
    assert main == next(step for step in steps if step["step"] == "main")
    attempts = (await served.get(f"/api/v1/runs/{log.run}/steps/main/attempts")).json
    assert [one["attempt"] for one in attempts["attempts"]] == [1]
    assert (await served.get(f"/api/v1/runs/{log.run}/steps/none")).json["error"]["code"] == "unknown_step"
    turns = (await served.get(f"/api/v1/runs/{log.run}/turns?step=main&limit=2")).json
    assert ([turn["turn"] for turn in turns["turns"]], turns["more"]) == ([1, 2], True)
    rest = (await served.get(f"/api/v1/runs/{log.run}/turns?after={turns['turns'][-1]['seq']}&limit=1")).json
    assert [turn["turn"] for turn in rest["turns"]] == [3]
