"""Where a new run goes on from an old one, and which requests are the same."""

from typing import Any

import pytest

from mycoderai.gateway.again import fork_of
from mycoderai.gateway.orders import check, fingerprint
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.resubmission import again, where_it_stopped
from mycoderai.schemas.events import Fork, RunSubmitted
from mycoderai.schemas.memory import RunDetail, RunLine, RunStatus, StepLine, StepState, Submission
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.runs import NewRun, Rerun


def detail(status: RunStatus, **steps: StepState) -> RunDetail:
    run = RunLine(run="old", shard=0, task="t", model="m", role="coder", status=status, submitted_at="")
    lines = tuple(StepLine(step=name, role="coder", goal="", state=state, turns=3) for name, state in steps.items())
    return RunDetail(run=run, submission=Submission(), steps=lines)


def fork(found: RunDetail, **asked: Any) -> Fork | None:
    return fork_of(found, Rerun(id="r", **asked), 2)


STOPPED = detail("failed", gone="dropped", one="done", two="failed", three="cancelled")


def test_what_failed_is_where_a_new_run_goes_on() -> None:
    assert fork(STOPPED, scope="failed") == Fork(run="old", step="two", shard=2)
    assert fork(detail("cancelled", one="done", two="cancelled"), scope="failed") == Fork(
        run="old", step="two", shard=2
    )
    assert fork(detail("failed", one="done"), scope="failed") == Fork(run="old", step="one", shard=2)
    assert fork(detail("cancelled"), scope="failed") is None, "there never was a plan"


def test_a_step_and_a_turn_can_be_named() -> None:
    assert fork(STOPPED, scope="step", step="three") == Fork(run="old", step="three", shard=2)
    assert fork(STOPPED, scope="from", step="one", turn=3) == Fork(run="old", step="one", turn=3, shard=2)
    assert fork(STOPPED, scope="all", step="one") is None


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"scope": "step", "step": "one"}, 409),
        ({"scope": "step", "step": "gone"}, 404),
        ({"scope": "from", "step": ""}, 404),
        ({"scope": "from", "step": "one", "turn": 4}, 400),
        ({"scope": "from", "step": "one", "turn": -1}, 400),
    ],
)
def test_what_cannot_be_done_again_is_refused(asked: dict[str, Any], status: int) -> None:
    with pytest.raises(Problem) as caught:
        fork(STOPPED, **asked)
    assert caught.value.status == status


def test_of_a_run_that_succeeded_nothing_failed() -> None:
    with pytest.raises(Problem, match="the run succeeded"):
        fork(detail("succeeded", one="done"), scope="failed")


def test_a_run_stops_at_what_failed_else_at_what_is_unfinished_else_at_its_end() -> None:
    assert where_it_stopped([("a", "pending"), ("b", "failed")]) == "b"
    assert where_it_stopped([("a", "done"), ("b", "running")]) == "b"
    assert where_it_stopped([("a", "done"), ("b", "done")]) == "b"
    assert where_it_stopped([]) == ""


def test_other_words_and_another_model_replace_the_old_ones() -> None:
    old = RunSubmitted(task="t", model="m", fallbacks=("f",), notes=("Kept.", "Forked from run x at step y."))
    new = again(old, "old", by="ann", fork=None, task="other", model="n")
    assert (new.task, new.model, new.fallbacks, new.submitted_by) == ("other", "n", (), "ann")
    assert new.notes == ("Kept.", "Submitted again after run old.")
    assert again(old, "old", by="", fork=None).fallbacks == ("f",)


def test_a_request_is_the_same_by_its_content_and_its_sender() -> None:
    asked = NewRun(task="t")
    same = fingerprint("r", NewRun(task="t"), "ann")
    assert same == fingerprint("r", asked, "ann")
    others = {fingerprint("r", NewRun(task="u"), "ann"), fingerprint("r", asked, "bob"), fingerprint("s", asked, "ann")}
    assert same not in others
    assert len(others) == 3


def test_who_gets_a_task_and_which_model_does_it_is_as_for_the_command_line() -> None:
    settings = Settings(model="openai/x", own_roles=("docs",))
    url: Any = {"url": "https://x"}
    asked = NewRun(task="t", clone=url)
    assert (check(asked, settings).model, check(asked, settings).role) == ("openai/x", "planner")
    single = NewRun(task="t", clone=url, model="offline/repair")
    assert check(single, settings).role == "coder"
    assert check(NewRun(task="t", role="docs"), settings).role == "docs"
    assert check(NewRun(task="t", role="coder-gpu", clone=url), settings).role == "coder-gpu"
    with pytest.raises(Problem, match="nobody here"):
        check(NewRun(task="t", role="stranger"), settings)
