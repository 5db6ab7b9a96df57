from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import AnyEvent, Recorded, StepDone, StepOpened, StepStarted, StepTurn
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.subjects import EventSubject
from mycoderai.workers.core.journal import fold_journal

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
    assert state.started_at == "2026-01-01T00:00:01.5Z", "the budget runs from the first attempt"


def test_a_turn_of_a_fenced_attempt_is_not_part_of_the_journal() -> None:
    events = recorded(StepStarted(attempt=1, worker="a"), StepStarted(attempt=2, worker="b"), turn(1, 1))
    assert fold_journal(events).turns == ()


def test_a_new_round_starts_over() -> None:
    opened = StepOpened(attempt=1, session="s", base=BASE)
    events = recorded(
        StepStarted(attempt=1, worker="a"), opened, turn(1, 1), StepStarted(attempt=2, round=2, worker="b")
    )
    state = fold_journal(events)
    assert (state.turns, state.opened, state.attempts_in_round) == ((), None, 1)


def test_a_round_with_an_outcome_has_ended() -> None:
    assert fold_journal(recorded(StepStarted(attempt=1, worker="a"), StepDone(attempt=1))).ended
