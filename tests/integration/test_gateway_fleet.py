"""The fleet as the page sees it, and draining, against real workers."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from eventually import eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, Reply, gateway
from supervision_support import POOL, TASK, start_worker

from mycoderai.gateway.cli.errors import CliError, ExitCode
from mycoderai.gateway.cli.fleet_work import drain as drain_by_command
from mycoderai.gateway.cli.fleet_work import ls
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.schemas.events import RunSubmitted, StepReady, StepStarted
from mycoderai.schemas.settings import Settings

StartFleet = Callable[..., Awaitable[RunningFleet]]


async def fleet_of(served: Gateway) -> dict[str, Any]:
    reply = await served.get("/api/v1/fleet")
    assert reply.status == 200, reply.text
    shown: dict[str, Any] = reply.json
    return shown


async def until(served: Gateway, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        shown = await fleet_of(served)
        return shown if holds(shown) else None

    return await eventually(look)


def line(shown: dict[str, Any], pool: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in shown["pools"] if one["pool"] == pool)
    return found


def all_told(shown: dict[str, Any]) -> bool:
    """Who did not answer in time is in a later look."""
    noop = line(shown, "noop")
    return (shown["missing"], noop["workers"], noop["used"]) == (["executor", "model"], 1, 0)


async def roles_of(served: Gateway, *wanted: str) -> dict[str, Any] | None:
    """By their names, once those wanted are served."""
    named = {role["name"]: role for role in (await served.get("/api/v1/roles")).json["roles"]}
    return named if all(name in named and named[name]["served"] for name in wanted) else None


async def obeyed(served: Gateway, worker: str, draining: bool = True) -> dict[str, Any]:
    """The worker as it tells of itself once it has obeyed; one that does not answer in time is told again."""

    async def told() -> dict[str, Any] | None:
        reply = await drain(served, worker, draining)
        return reply.json["worker"] if reply.status == 200 else None

    return await eventually(told)


async def drain(served: Gateway, worker: str, draining: bool = True) -> Reply:
    body = {"id": f"d-{worker}-{draining}", "draining": draining}
    return await served.send("POST", f"/api/v1/fleet/workers/{worker}/drain", body)


async def test_the_fleet_shows_workers_queues_streams_and_what_nobody_plays(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("orchestrator", "coder", "noop", "memory"), durability="process")
    await fleet.finished(await fleet.submit(RunSubmitted(task="x", role="noop")))
    lost = await fleet.submit(RunSubmitted(task="x", role="tester"))
    async with gateway(fleet.settings) as served:
        shown = await until(served, lambda shown: line(shown, "tester")["pending"] == 1 and all_told(shown))
        began = time.monotonic()
        replies = await asyncio.gather(*(served.get("/api/v1/fleet") for _ in range(20)))
        looks = len({reply.json["at"] for reply in replies})
        assert looks <= 2 + (time.monotonic() - began), "one look a second for all who ask"
        named = await eventually(lambda: roles_of(served, "coder", "noop"))
        models = (await served.get("/api/v1/models")).json
    assert shown["missing"] == ["executor", "model"]
    assert (line(shown, "noop")["workers"], line(shown, "noop")["slots"], line(shown, "noop")["used"]) == (1, 4, 0)
    alone = line(shown, "tester")
    assert (alone["workers"], alone["runs"]) == (0, [lost.run])
    assert 0 <= alone["oldest_s"] < 600
    agents = next(one for one in shown["workers"] if "coder" in one["roles"])
    assert (agents["drains"], agents["draining"]) == (True, False)
    assert agents["worker"] == f"{agents['host']}:{agents['pid']}"
    assert all(agents[field] for field in ("version", "started_at"))
    assert agents["rss_bytes"] > 10e6
    memory = next(one for one in shown["workers"] if one["roles"] == ["memory"])
    assert not memory["drains"]
    streams = {one["name"]: one for one in shown["streams"]}
    assert streams["EVENTS"]["messages"] > 5
    assert 0 < streams["EVENTS"]["bytes"] < streams["EVENTS"]["max_bytes"]
    assert (shown["open"], shown["dead_letters"], shown["durability"]) == (True, 0, "process")
    assert any("loss of power" in note for note in shown["notes"])
    assert (named["coder"]["served"], bool(named["coder"]["description"])) == (True, True)
    assert "bash" in named["coder"]["tools"]
    assert named["reviewer"]["served"] is False
    assert named["noop"] == named["noop"] | {"served": True, "description": ""}
    assert models["default"] == models["models"][0] == "offline/repair"


async def test_a_drained_worker_finishes_its_step_and_another_one_takes_the_next(
    start_fleet: StartFleet, tmp_path: Path
) -> None:
    fifo = tmp_path / "end"
    os.mkfifo(fifo)
    fleet = await start_fleet(("orchestrator", "memory"), pools=(POOL,))
    first = await start_worker(fleet.settings, "until_told", SUPERVISION_FIFO=str(fifo))
    name = f"{os.uname().nodename}:{first.pid}"
    try:
        held = await fleet.submit(TASK)
        await fleet.wait_for(held, StepStarted)
        async with gateway(fleet.settings) as served:
            await until(served, lambda shown: any(one["worker"] == name for one in shown["workers"]))
            assert (await obeyed(served, name))["draining"]
            shown = await until(served, lambda shown: line(shown, POOL)["draining"] == 1)
            assert (line(shown, POOL)["workers"], line(shown, POOL)["slots"], line(shown, POOL)["used"]) == (0, 0, 1)
            worker = next(one for one in shown["workers"] if one["worker"] == name)
            assert [(one["run"], one["step"]) for one in worker["holds"]] == [(held.run, "main")]
            await asyncio.to_thread(fifo.write_text, "go on")
            assert (await fleet.finished(held)).status == "succeeded"
            waiting = await fleet.submit(TASK)
            # The run that has finished goes from the queue a moment later.
            await until(
                served, lambda shown: (line(shown, POOL)["pending"], line(shown, POOL)["runs"]) == (1, [waiting.run])
            )
            second = await start_worker(fleet.settings, "at_once")
            try:
                assert (await fleet.finished(waiting)).summary == f"worked in {second.pid}"
            finally:
                second.kill()
                await second.wait()
            assert (await obeyed(served, name, draining=False))["draining"] is False
            again = await fleet.submit(TASK)
            await fleet.wait_for(again, StepStarted)
            await asyncio.to_thread(fifo.write_text, "go on")
            assert (await fleet.finished(again)).summary == f"worked in {first.pid}"
    finally:
        first.kill()
        await first.wait()


async def test_what_cannot_drain_is_refused(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(("memory",))
    async with gateway(fleet.settings) as served:
        assert (await drain(served, "nobody:1")).status == 404
        shown = await until(served, lambda shown: len(shown["workers"]) == 2)
        memory = next(one for one in shown["workers"] if one["roles"] == ["memory"])

        async def refused() -> bool:  # it is unknown while it does not answer in time
            reply = await drain(served, memory["worker"])
            return (reply.status, reply.json["error"]["code"]) == (409, "takes_no_steps")

        await eventually(refused)
        unknown = await drain(served, "nobody:1")
        assert (unknown.status, unknown.json["error"]["code"]) == (404, "unknown_worker")


async def test_the_command_line_shows_the_fleet_and_drains_a_worker(
    start_fleet: StartFleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet = await start_fleet(("orchestrator", "noop"))
    options = Options(fleet.settings, [], True, False, False)

    async def listed() -> tuple[list[dict[str, Any]], str] | None:
        """What is shown, and the worker in it: who does not answer in time is in a later look."""
        assert await ls(options, Interrupts()) == 0
        told = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
        found = [one["worker"] for one in told if one["kind"] == "worker" and one["roles"] == ["noop"]]
        return (told, found[0]) if found else None

    told, worker = await eventually(listed)
    assert {one["kind"] for one in told} == {"pool", "worker", "stream", "fleet"}
    assert not any("gateway" in one["roles"] for one in told if one["kind"] == "worker")
    plain = Options(fleet.settings, [], False, False, False)
    await obeyed_by_command(plain, worker, draining=True)
    assert "takes no more steps" in capsys.readouterr().out
    log = await fleet.submit(RunSubmitted(task="x", role="noop"))
    await fleet.wait_for(log, StepReady)
    told_of = f"1 step of {log.run} wait"
    waiting = await eventually(lambda: shown_by_command(plain, capsys, told_of, "+1 draining"))
    assert "Nobody plays memory" in waiting.err
    await obeyed_by_command(plain, worker, draining=False)
    assert (await fleet.finished(log)).status == "succeeded"
    with pytest.raises(CliError, match="no worker 'nobody:1' answers"):
        await drain_by_command(plain, Interrupts(), ["nobody:1"], draining=True)


async def obeyed_by_command(options: Options, worker: str, *, draining: bool) -> None:
    async def told() -> bool:
        with contextlib.suppress(CliError):  # it did not answer in time
            return await drain_by_command(options, Interrupts(), [worker], draining=draining) == 0
        return False

    await eventually(told)


async def shown_by_command(options: Options, capsys: pytest.CaptureFixture[str], remark: str, row: str) -> Any:
    """Both in one look: a worker that does not answer in time is missing in it."""
    await ls(options, Interrupts())
    told = capsys.readouterr()
    return told if remark in told.err and row in told.out else None


async def test_without_a_fleet_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(CliError, match="no fleet is running") as refused:
        await ls(Options(Settings(data_dir=str(tmp_path)), [], True, False, False), Interrupts())
    assert refused.value.code is ExitCode.UNREACHABLE
