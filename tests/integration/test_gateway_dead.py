"""Dead letters over HTTP: shown whole, tried again once, dropped when somebody says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dead_support import letters_kept, serving
from eventually import WITHIN_S
from fleet_support import RunningFleet
from gateway_support import Gateway, gateway

from mycoderai.broker.log import append
from mycoderai.gateway.dead_replay import new_run_for
from mycoderai.schemas.events import Limits, RetryAsked, RunSubmitted, StepReady, StepStarted
from mycoderai.schemas.subjects import Log
from mycoderai.workers.noop import run_step
from mycoderai.workers.steps import StepWorker

StartFleet = Callable[..., Awaitable[RunningFleet]]


async def work(served: Gateway, verb: str, *letters: int, dry_run: bool = False) -> list[dict[str, Any]]:
    body = {"id": f"{verb}-{letters}-{dry_run}", "letters": letters, "dry_run": dry_run}
    reply = await served.send("POST", f"/api/v1/dead/{verb}", body)
    assert reply.status == 200, reply.text
    results: list[dict[str, Any]] = reply.json["results"]
    return results


async def test_a_failed_run_goes_on_in_a_new_one_however_often_its_letter_is_replayed(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("orchestrator",))
    noop = await fleet.connect("noop")
    log = await fleet.submit(RunSubmitted(task="x", role="noop", limits=Limits(attempts=1)))
    await fleet.wait_for(log, StepReady)
    await append(noop, log.step_event("noop", "main", "started"), StepStarted(attempt=1, worker="gone"))
    worker = StepWorker(noop, fleet.settings, "noop", run_step)
    await worker.start()
    async with serving(noop, "noop", worker.handle), gateway(fleet.settings) as served:
        assert (await fleet.finished(log)).status == "failed"
        page = (await served.get("/api/v1/dead?pool=noop&reason=LOST")).json
        (letter,) = page["letters"]
        assert (letter["run"], letter["step"], page["total"], page["more"]) == (log.run, "main", 1, False)
        assert page["pools"] == {"noop": 1}
        shown = (await served.get(f"/api/v1/dead/{letter['seq']}")).json
        assert (shown["action"], shown["new_run"], shown["cut"]) == ("again", new_run_for(log.run), False)
        assert '"task":"x"' in shown["payload"]
        (would,) = await work(served, "replay", letter["seq"], dry_run=True)
        assert (would["outcome"], would["run"]) == ("would", new_run_for(log.run))
        assert (await served.get("/api/v1/dead")).json["total"] == 1
        both = await asyncio.gather(*(work(served, "replay", letter["seq"]) for _ in range(2)))
        assert {result["outcome"] for (result,) in both} <= {"done", "gone"}
        started = await fleet.finished(Log(new_run_for(log.run)))
        assert started.status == "succeeded"
        (gone,) = await work(served, "replay", letter["seq"])
        assert gone["outcome"] == "gone"
        assert (await served.get("/api/v1/dead")).json["letters"] == []
    (submitted,) = [event for event in await fleet.events(Log(new_run_for(log.run))) if isinstance(event, RunSubmitted)]
    assert submitted.fork
    assert submitted.fork.run == log.run


async def test_letters_are_listed_in_pages_kept_when_nothing_can_be_done_and_dropped(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("orchestrator",))
    admin = await fleet.connect("admin")
    for number, run in enumerate(("bad0", "bad1", "good"), 1):
        await fleet.client.request(Log(run).run_event("submitted"), b"\xff<script>", timeout=WITHIN_S)
        await letters_kept(admin, number)  # runs are looked at side by side, and their letters kept in any order
    async with gateway(fleet.settings) as served:
        first = (await served.get("/api/v1/dead?limit=2")).json
        assert ([line["run"] for line in first["letters"]], first["more"], first["total"]) == (
            ["bad0", "bad1"],
            True,
            3,
        )
        rest = (await served.get(f"/api/v1/dead?limit=2&after={first['letters'][1]['seq']}")).json
        assert ([line["run"] for line in rest["letters"]], rest["more"]) == (["good"], False)
        of_runs = (await served.get("/api/v1/dead?run=bad")).json
        assert (len(of_runs["letters"]), of_runs["total"]) == (2, 2)
        (skipped,) = await work(served, "replay", 1)
        assert (skipped["outcome"], skipped["action"]) == ("skipped", "none")
        assert "cannot be tried again" in skipped["what"]
        assert (await served.get("/api/v1/dead/1")).json["payload"] == "\ufffd<script>"
        assert [one["outcome"] for one in await work(served, "drop", 1, 2, dry_run=True)] == ["would", "would"]
        assert [one["outcome"] for one in await work(served, "drop", 1, 2, 0, -1, 99)] == ["done"] * 2 + ["gone"] * 3
        assert [line["seq"] for line in (await served.get("/api/v1/dead")).json["letters"]] == [3]
        for path, code in (
            ("1", "unknown_letter"),
            ("0", "unknown_letter"),
            (18 * "9", "unknown_letter"),
            ("-1", "not_found"),
            ("x", "not_found"),
        ):
            missing = await served.get(f"/api/v1/dead/{path}")
            assert (missing.status, missing.json["error"]["code"]) == (404, code), path
        none = await served.send("POST", "/api/v1/dead/drop", {"id": "x", "letters": []})
        assert (none.status, none.json["error"]["code"]) == (400, "bad_request")
        assert (await served.get("/api/v1/dead?limit=x")).status == 400


async def test_a_replay_asks_for_another_round_in_the_name_of_who_pressed_it(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("orchestrator",))
    noop = await fleet.connect("noop")
    log = await fleet.submit(RunSubmitted(task="x", role="noop"))
    await fleet.wait_for(log, StepReady)
    headers = {"Mycoder-Subject": f"cmd.noop.{log.run}.main"}
    await noop.request(f"dead.noop.{log.run}.main", b"x", headers=headers, timeout=WITHIN_S)
    async with gateway(fleet.settings) as served:
        (kept_as_it_is,) = await work(served, "replay", 1)
        assert (kept_as_it_is["outcome"], "is ready" in kept_as_it_is["what"]) == ("skipped", True)
    assert not [event for event in await fleet.events(log) if isinstance(event, RetryAsked)]
