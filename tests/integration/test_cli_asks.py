"""What the command line makes of the orchestrator's word on an ask, on a real broker."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from eventually import WITHIN_S
from fleet_support import RunningFleet

from mycoderai.broker.log import append, read_events
from mycoderai.gateway.cli import asking
from mycoderai.gateway.cli.asking import Word, ask, told
from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.resubmit import resubmit
from mycoderai.gateway.cli.runs import view_of
from mycoderai.gateway.cli.session import Session
from mycoderai.schemas.events import AskHeard, Fork, PauseAsked, RunFinished, RunSubmitted
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log

StartFleet = Callable[..., Awaitable[RunningFleet]]
TASK = RunSubmitted(task="x", role="noop", notes=("Starting from main.",), fallbacks=("b",))


def options_of(fleet: RunningFleet) -> Options:
    return Options(fleet.settings, [], False, False, False)


async def judged(fleet: RunningFleet, log: Log, event: AskHeard | RunFinished | None) -> Word:
    """What is heard of a pause when an orchestrator appends the event once it sees the ask."""
    orchestrator = await fleet.connect("orchestrator")
    async with Session(options_of(fleet), Interrupts()) as session:
        await session.open()
        asked = asyncio.create_task(ask(session, log.run, PauseAsked(by="ann")))
        seq = (await fleet.wait_for(log, PauseAsked)).seq
        if isinstance(event, AskHeard):
            other = AskHeard(ask=seq + 1000, accepted=True)
            for word in (other, msgspec.structs.replace(event, ask=seq)):
                await append(orchestrator, log.run_event("heard"), word)
        elif event:
            await append(orchestrator, log.run_event("finished"), event)
        return await asked


@pytest.mark.parametrize(
    ("event", "outcome", "reason"),
    [
        (AskHeard(ask=0, accepted=True), "accepted", ""),
        (AskHeard(ask=0, accepted=False, reason="settled already"), "refused", "settled already"),
        (RunFinished(status="failed"), "ended", "the run failed first"),
        (None, "unheard", ""),
    ],
)
async def test_the_word_on_an_ask_is_waited_for(
    start_fleet: StartFleet,
    monkeypatch: pytest.MonkeyPatch,
    event: AskHeard | RunFinished | None,
    outcome: str,
    reason: str,
) -> None:
    monkeypatch.setattr(asking, "HEARD_WITHIN_S", WITHIN_S if event else 0.1)
    fleet = await start_fleet(roles=())
    word = await judged(fleet, await fleet.submit(TASK), event)
    assert (word.outcome, word.reason) == (outcome, reason)


async def test_a_run_is_submitted_again_as_it_was_under_a_new_id(start_fleet: StartFleet) -> None:
    fleet = await start_fleet(roles=())
    log = await fleet.submit(TASK)
    async with Session(options_of(fleet), Interrupts()) as session:
        await session.open()
        fork = Fork(run=log.run, step="main", turn=3)
        forked = await resubmit(session, TASK, log.run, fork=fork, model="openai/x")
        view = await view_of(session, forked)
        twice = await resubmit(session, view.submitted or TASK, forked, fork=None)
    assert view.submitted
    assert (view.submitted.task, view.submitted.fork, view.submitted.model) == ("x", fork, "openai/x")
    assert view.submitted.fallbacks == (), "the old ones belonged to the old model"
    assert view.submitted.notes == ("Starting from main.", f"Forked from run {log.run} after turn 3 of step main.")
    again = (await read_events(fleet.client, log.stream, Log(twice).all))[0].event
    assert isinstance(again, RunSubmitted)
    assert again.notes == ("Starting from main.", f"Submitted again after run {forked}.")


def test_a_refusal_is_an_error_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    options = Options(Settings(data_dir="/d"), [], False, False, False)
    with pytest.raises(CliError) as caught:
        told(options, "01x", "approve", Word("refused", 7, "the step has moved on to attempt 3"), "done")
    assert caught.value.message == "approve was refused: the step has moved on to attempt 3"
    assert caught.value.code == 1
    assert told(options, "01x", "approve", Word("later", 7), "plan-2 approved") == 0
    assert "takes effect at the next start" in capsys.readouterr().out
    assert told(options, "01x", "approve", Word("unheard", 7), "plan-2 approved") == 8
