"""A step's journal: attempts, rounds, and waiting for people."""

import time

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import (
    AnyEvent,
    Heard,
    Question,
    Recorded,
    StepDone,
    StepOpened,
    StepReleased,
    StepStarted,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.subjects import EventSubject
from mycoderai.workers.core.journal import MOST_FRUITLESS, fold_journal

BASE = Checkpoint(commit="c", tree="t")


def recorded(*events: AnyEvent) -> list[Recorded]:
    subject = EventSubject(0, "r", "step", "coder", "main", "x")
    return [
        Recorded(seq=seq, time=f"2026-01-01T00:00:{seq:02}.5Z", subject=subject, event=e)
        for seq, e in enumerate(events, 1)
    ]


def turn(attempt: int, number: int) -> StepTurn:
    return StepTurn(attempt=attempt, turn=number, message=Message(role="assistant"), checkpoint=BASE)


def test_a_later_attempt_resumes_at_the_turns_of_the_earlier_one() -> None:
    events = recorded(
        StepStarted(attempt=1, worker="a"), turn(1, 1), turn(1, 2), StepStarted(attempt=2, worker="b"), turn(2, 3)
    )
    state = fold_journal(events)
    assert [t.turn for t in state.turns] == [1, 2, 3]
    assert (state.attempt, state.attempts_in_round) == (2, 2)
    assert state.worked_s == 3, "the budget runs from the first attempt"


def test_waiting_for_a_person_costs_neither_time_nor_attempts() -> None:
    question = Question(id="q", kind="question", text="?")
    parked = recorded(StepStarted(attempt=1, worker="a"), turn(1, 1), StepWaiting(attempt=1, question=question))
    assert (fold_journal(parked).parked, fold_journal(parked).attempts_in_round) == (parked[-1].event, 0)
    later = msgspec.structs.replace(
        parked[0], seq=4, time="2026-01-01T01:00:00Z", event=StepStarted(attempt=2, worker="b")
    )
    state = fold_journal([*parked, later])
    assert (state.parked, state.worked_s, state.attempts_in_round) == (None, 2, 1)
    assert len(state.turns) == 1


def test_the_turn_a_step_stopped_in_is_kept_until_it_is_complete() -> None:
    waiting = StepWaiting(attempt=1, question=Question(id="q", kind="question", text="?"), partial=turn(1, 2))
    events = recorded(StepStarted(attempt=1, worker="a"), waiting, StepStarted(attempt=2, worker="b"))
    assert fold_journal(events).interrupted == turn(1, 2)
    whole = Recorded(seq=9, time=events[-1].time, subject=events[0].subject, event=turn(2, 2))
    assert fold_journal([*events, whole]).interrupted is None


def test_what_the_turn_heard_that_a_step_stopped_in_is_not_told_again() -> None:
    heard = msgspec.structs.replace(turn(1, 2), heard=(Heard(ask=7, text="mind the cents"),))
    waiting = StepWaiting(attempt=1, question=Question(id="q", kind="question", text="?"), partial=heard)
    events = recorded(StepStarted(attempt=1, worker="a"), turn(1, 1), waiting, StepStarted(attempt=2, worker="b"))
    assert fold_journal(events).heard == {7}
    whole = Recorded(seq=9, time=events[-1].time, subject=events[0].subject, event=heard)
    assert fold_journal([*events, whole]).heard == {7}


def test_five_thousand_turns_fold_within_a_fraction_of_a_second() -> None:
    events = recorded(StepStarted(attempt=1, worker="a"), *(turn(1, number) for number in range(1, 5001)))
    began = time.process_time()
    assert len(fold_journal(events).turns) == 5000
    assert time.process_time() - began < 0.5


def test_a_turn_of_a_fenced_attempt_is_not_part_of_the_journal() -> None:
    events = recorded(StepStarted(attempt=1, worker="a"), StepStarted(attempt=2, worker="b"), turn(1, 1))
    assert fold_journal(events).turns == ()


def test_a_session_is_sought_again_unless_its_attempt_has_closed_it() -> None:
    opened = [StepStarted(attempt=1, worker="a"), StepOpened(attempt=1, session="s", base=BASE)]
    asked = StepWaiting(attempt=1, question=Question(id="q", kind="question", text="?"))
    after = {
        "lost": StepStarted(attempt=2, worker="b"),
        "interrupted": StepReleased(attempt=1, reason="interrupted"),
        "stopped": StepReleased(attempt=1, reason="stopped"),
        "waiting": asked,
    }
    sought = {how: fold_journal(recorded(*opened, event)).session for how, event in after.items()}
    assert sought == {"lost": "s", "interrupted": "s", "stopped": "", "waiting": ""}


def test_a_new_round_starts_over() -> None:
    opened = StepOpened(attempt=1, session="s", base=BASE)
    events = recorded(
        StepStarted(attempt=1, worker="a"), opened, turn(1, 1), StepStarted(attempt=2, round=2, worker="b")
    )
    state = fold_journal(events)
    assert (state.turns, state.opened, state.attempts_in_round) == ((), None, 1)


def test_a_round_with_an_outcome_has_ended() -> None:
    assert fold_journal(recorded(StepStarted(attempt=1, worker="a"), StepDone(attempt=1))).ended


LIFE = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(("lost", "stopped", "interrupted"))), max_size=12)
"""Attempts of a round: how many turns each came to, and what became of it."""


def lived(attempts: list[tuple[int, str]]) -> list[Recorded]:
    events: list[AnyEvent] = []
    number = 0
    for attempt, (turns, end) in enumerate(attempts, 1):
        events.append(StepStarted(attempt=attempt, worker="w"))
        events += [turn(attempt, number + one) for one in range(1, turns + 1)]
        number += turns
        if end != "lost":
            events.append(StepReleased(attempt=attempt, reason=end))  # type: ignore[arg-type]
    return recorded(*events)


@given(LIFE)
def test_only_attempts_that_were_lost_are_held_against_a_step(attempts: list[tuple[int, str]]) -> None:
    state = fold_journal(lived(attempts))
    assert state.attempts_in_round == sum(end == "lost" for _, end in attempts)
    assert state.attempt == len(attempts)
    assert state.at_work == (bool(attempts) and attempts[-1][1] == "lost")


@given(LIFE)
def test_turns_do_not_depend_on_how_attempts_end(attempts: list[tuple[int, str]]) -> None:
    as_lost = fold_journal(lived([(turns, "lost") for turns, _ in attempts]))
    assert fold_journal(lived(attempts)).turns == as_lost.turns


@given(LIFE)
def test_a_release_that_is_said_twice_or_too_late_counts_once(attempts: list[tuple[int, str]]) -> None:
    events = lived(attempts)
    late = [event for event in events if isinstance(event.event, StepReleased)]
    again = [msgspec.structs.replace(event, seq=len(events) + n) for n, event in enumerate(late, 1)]
    before, after = fold_journal(events), fold_journal([*events, *again])
    assert msgspec.structs.replace(after, last_seq=0) == msgspec.structs.replace(before, last_seq=0)


@given(LIFE, st.integers(1, 6))
def test_a_step_ends_when_too_many_attempts_are_lost_or_come_to_nothing(
    attempts: list[tuple[int, str]], limit: int
) -> None:
    state = fold_journal(lived(attempts))
    fruitless = 0
    for turns, end in attempts:
        fruitless = (0 if turns else fruitless) + (end == "interrupted" and not turns)
    assert state.fruitless == fruitless
    assert state.is_exhausted(limit) == (state.attempts_in_round >= limit or fruitless >= MOST_FRUITLESS)


def test_time_nobody_works_is_not_used_up() -> None:
    events = recorded(StepStarted(attempt=1, worker="a"), StepReleased(attempt=1, reason="stopped"))
    later = msgspec.structs.replace(
        events[0], seq=3, time="2026-01-01T01:00:00Z", event=StepStarted(attempt=2, worker="b")
    )
    assert fold_journal([*events, later]).worked_s == 1
