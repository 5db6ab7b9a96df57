"""`mycoder dead`: what was kept is shown whole, tried again once, and dropped when somebody says so."""

import json
from typing import Any

import pytest
from dead_support import all_letters, letters_kept, serving
from eventually import WITHIN_S
from fleet_support import RunningFleet

from mycoderai.broker.dead import KEPT_BYTES
from mycoderai.broker.log import append
from mycoderai.gateway.cli.dead_letters import drop, ls, show
from mycoderai.gateway.cli.dead_replay import replay
from mycoderai.gateway.cli.errors import CliError, ExitCode
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.dead_letters import Filter
from mycoderai.gateway.dead_replay import new_run_for
from mycoderai.schemas.events import Limits, RunSubmitted, StepReady, StepStarted, encode
from mycoderai.schemas.ids import shard_of
from mycoderai.schemas.subjects import Log
from mycoderai.workers.noop import run_step
from mycoderai.workers.steps import StepWorker

EVERYTHING = Filter()


def options_of(fleet: RunningFleet, *, json: bool = True) -> Options:
    return Options(fleet.settings, [], json, False, False)


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]


async def test_a_step_that_used_up_its_attempts_is_tried_again_in_a_new_run_and_only_once(start_fleet, capsys) -> None:
    fleet = await start_fleet(roles=("orchestrator",))
    noop, options = await fleet.connect("noop"), options_of(fleet)
    task = "x" * KEPT_BYTES
    log = await fleet.submit(RunSubmitted(task=task, role="noop", limits=Limits(attempts=1)))
    await fleet.wait_for(log, StepReady)
    await append(noop, log.step_event("noop", "main", "started"), StepStarted(attempt=1, worker="gone"))
    worker = StepWorker(noop, fleet.settings, "noop", run_step)
    await worker.start()
    async with serving(noop, "noop", worker.handle):
        assert (await fleet.finished(log)).status == "failed"
        assert await ls(options, Interrupts(), Filter(pool="noop", reason="was lost once")) == ExitCode.OK
        (letter,) = printed(capsys)
        assert (letter["run"], letter["step"], letter["pool"]) == (log.run, "main", "noop")
        await show(options, Interrupts(), letter["seq"])
        (shown,) = printed(capsys)
        assert shown["whole"]
        assert json.loads(shown["payload"])["submission"]["task"] == task
        wanted = Filter(seqs=frozenset({letter["seq"]}))
        assert await replay(options, Interrupts(), wanted, do=False) == ExitCode.OK
        (planned,) = printed(capsys)
        assert (planned["action"], planned["done"], planned["new_run"]) == ("again", False, new_run_for(log.run))
        assert len(await all_letters(await fleet.connect("admin"))) == 1
        await replay(options, Interrupts(), wanted, do=True)
        assert (await fleet.finished(Log(new_run_for(log.run)))).status == "succeeded"
    with pytest.raises(CliError, match="no such dead letter"):
        await replay(options, Interrupts(), wanted, do=True)


async def test_a_submission_is_replayed_where_it_belongs_and_garbage_is_not(start_fleet, capsys) -> None:
    fleet = await start_fleet(roles=("orchestrator", "noop"), shards=2)
    options = options_of(fleet)
    run = next(f"run{number}" for number in range(9) if shard_of(f"run{number}", 2) == 1)
    good = encode(RunSubmitted(task="x", role="noop"))
    newer = b'{"kind":"run.submitted","task":"x","v":99}'
    bad = next(f"bad{number}" for number in range(9) if shard_of(f"bad{number}", 2) == 0)
    await fleet.client.request(Log(run, 0).run_event("submitted"), good, timeout=WITHIN_S)
    await fleet.client.request(Log(bad, 0).run_event("submitted"), newer, timeout=WITHIN_S)
    await fleet.client.request(Log("NO", 0).run_event("submitted"), good, timeout=WITHIN_S)
    await letters_kept(await fleet.connect("admin"), 3)
    assert await replay(options, Interrupts(), EVERYTHING, do=True) == ExitCode.FAILED
    told = {item["run"]: item for item in printed(capsys)}
    assert (told[run]["action"], told[bad]["action"], told[""]["action"]) == ("submit", "none", "none")
    assert "schema version 99" in told[bad]["why"]
    assert (await fleet.finished(Log(run, 1))).status == "succeeded"
    admin = await fleet.connect("admin")
    assert {letter.run for letter in await all_letters(admin)} == {bad, ""}
    assert await drop(options, Interrupts(), Filter(run=bad), do=False) == ExitCode.OK
    assert len(await all_letters(admin)) == 2
    await drop(options, Interrupts(), Filter(run=bad), do=True)
    assert {letter.run for letter in await all_letters(admin)} == {""}


async def test_a_person_reads_what_is_wrong_and_what_can_be_done(start_fleet, capsys) -> None:
    fleet = await start_fleet(roles=("orchestrator",))
    options = options_of(fleet, json=False)
    await ls(options, Interrupts(), EVERYTHING)
    assert "There are no dead letters." in capsys.readouterr().out
    await fleet.client.request(Log("bad").run_event("submitted"), b"\x1b[31mred", timeout=WITHIN_S)
    await letters_kept(await fleet.connect("admin"), 1)
    await ls(options, Interrupts(), EVERYTHING)
    assert "bad" in capsys.readouterr().out
    await show(options, Interrupts(), 1)
    said = capsys.readouterr()
    assert "not an event" in said.out
    assert "\x1b" not in said.out
    assert "dead replay 1" in said.err
    await ls(options, Interrupts(), Filter(older_s=3600))
    assert "No dead letter fits." in capsys.readouterr().out
