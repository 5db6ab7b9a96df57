"""What a replay reads from a log: the answers of a round, how it ended, and where a turn comes out differently."""

import pytest

from mycoderai.schemas.chat import Message, Usage
from mycoderai.schemas.events import (
    AnyEvent,
    AskHeard,
    ModelAnswered,
    Question,
    Recorded,
    StepDone,
    StepFailed,
    StepStarted,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.subjects import Log, parse_event
from mycoderai.workers.core.recording import Recording, difference, recording_of

LOG = Log("r1")
FAILED = failure(FailureCode.MODEL_UNAVAILABLE, "away")


def turn(number: int, said: str, *, exit_code: int = 0, tree: str = "t", calls: int = 1) -> StepTurn:
    results = tuple(ToolResult(call=str(n), name="bash", output="", exit_code=exit_code) for n in range(calls))
    return StepTurn(
        attempt=1,
        turn=number,
        message=Message(role="assistant", content=said),
        results=results,
        checkpoint=Checkpoint(commit="c", tree=tree),
        usage=Usage(input_tokens=7, cost_usd=2.5),
    )


def answered(call: str, said: str) -> ModelAnswered:
    message = Message(role="assistant", content=said)
    return ModelAnswered(call=call, model="m", message=message, finish_reason="stop", usage=Usage())


def recording(*events: AnyEvent, round_: int = 1) -> Recording:
    steps, calls, heard = list[Recorded](), list[Recorded](), list[Recorded]()
    for seq, event in enumerate(events, start=1):
        if isinstance(event, AskHeard):
            heard.append(Recorded(seq=seq, time="", subject=parse_event(LOG.run_event("heard")), event=event))
            continue
        of_model = isinstance(event, ModelAnswered)
        type_ = str(event.__struct_config__.tag).removeprefix("step.")
        subject = LOG.call("fix", f"x{seq}") if of_model else LOG.step_event("coder", "fix", type_)
        (calls if of_model else steps).append(Recorded(seq=seq, time="", subject=parse_event(subject), event=event))
    return recording_of("r1", "fix", round_, steps, calls, heard)


def test_a_turn_comes_after_the_words_that_changed_the_course_before_it() -> None:
    edited, told = (AskHeard(ask=1, accepted=True, what=what) for what in ("edit", "message"))
    refused = AskHeard(ask=1, accepted=False, what="edit")
    asking = StepWaiting(attempt=1, question=Question(id="q", kind="question", text="?"), partial=turn(3, "may I?"))
    started = StepStarted(attempt=1, worker="w")
    found = recording(started, turn(1, "a"), edited, told, refused, turn(2, "b"), asking, edited, turn(3, "may I?"))
    assert found.words_before == {1: 0, 2: 1, 3: 1}, "the third turn began before the second edit"
    again = StepStarted(attempt=2, round=2, worker="w")
    assert recording(started, turn(1, "a"), edited, again, turn(1, "b"), round_=2).words_before == {1: 1}


def test_of_several_answers_the_one_the_turn_shows_is_given_else_the_last() -> None:
    found = recording(
        StepStarted(attempt=1, worker="w"),
        answered("1-1", "first"),
        answered("1-1", "second"),
        turn(1, "first"),
        answered("1-2", "third"),
        answered("1-2", "fourth"),
    )
    assert [found.answer(f"1-{n}", n).message.content for n in (1, 2)] == ["first", "fourth"]  # type: ignore[union-attr]
    assert found.answer("1-3", 3) is None


def test_an_answer_keeps_its_tokens_and_costs_nothing() -> None:
    answer = recording(StepStarted(attempt=1, worker="w"), turn(1, "x")).answer("1-1", 1)
    assert answer
    assert answer.usage == Usage(input_tokens=7, cost_usd=0.0)


def test_a_round_has_its_own_turns_and_its_own_end() -> None:
    events = (
        StepStarted(attempt=1, worker="w"),
        turn(1, "one"),
        StepFailed(attempt=1, failure=FAILED),
        StepStarted(attempt=1 + 1, round=2, worker="w"),
    )
    first, second, third = (recording(*events, round_=n) for n in (1, 2, 3))
    assert list(first.turns) == [1]
    assert first.failure == FAILED
    assert not first.cut_off
    assert (second.turns, second.failure, second.cut_off) == ({}, None, True)
    assert (third.turns, third.cut_off) == ({}, False)


def test_a_step_that_ended_by_itself_was_not_cut_off() -> None:
    started = StepStarted(attempt=1, worker="w")
    assert recording(started).cut_off
    assert not recording(started, StepDone(attempt=1)).cut_off


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (turn(1, "x"), ""),
        (turn(1, "x", exit_code=3), "call 0 (bash) ended with 0, now with 3"),
        (turn(1, "x", tree="u"), "after call 0 (bash) the tree was t, now it is u"),
        (turn(1, "x", calls=2), "1 calls were run, now 2"),
        (turn(2, "x"), "turn 2 of run r1 does not repeat: there was no such turn"),
    ],
)
def test_a_turn_differs_by_exit_codes_calls_and_trees(now: StepTurn, said: str) -> None:
    found = difference(recording(StepStarted(attempt=1, worker="w"), turn(1, "x")), now)
    assert (found is None) == (said == "")
    assert said in (found.message if found else "")
    assert found is None or found.code is FailureCode.REPLAY_DIVERGED
