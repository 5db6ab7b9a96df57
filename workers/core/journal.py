"""A step's journal as the fold of its log: which attempt is the current one, and where it resumes."""

from collections.abc import Iterable

import msgspec

from mycoderai.schemas.events import Recorded, StepDone, StepFailed, StepOpened, StepStarted, StepTurn


class JournalState(msgspec.Struct, frozen=True, kw_only=True):
    attempt: int = 0
    """Number of the current attempt; an append by an earlier one is refused."""
    attempts_in_round: int = 0
    round: int = 0
    started_at: str = ""
    """When the first attempt of this round started, RFC 3339: limits are counted from here, across attempts."""
    turns: tuple[StepTurn, ...] = ()
    opened: StepOpened | None = None
    ended: bool = False
    """The current round has its outcome."""
    last_seq: int = 0


def fold_journal(events: Iterable[Recorded]) -> JournalState:
    state = JournalState()
    turns: list[StepTurn] = []
    for recorded in events:
        changes: dict[str, object] = {"last_seq": recorded.seq}
        match recorded.event:
            case StepStarted(attempt=attempt, round=round_) if attempt > state.attempt:
                new_round = round_ > state.round
                changes |= {
                    "attempt": attempt,
                    "round": round_,
                    "attempts_in_round": 1 if new_round else state.attempts_in_round + 1,
                    "started_at": recorded.time if new_round else state.started_at,
                    "ended": False,
                }
                if new_round:
                    # A retry starts over; what the failed round did is in the log, not in the next prompt.
                    turns.clear()
                    changes["opened"] = None
            case StepOpened(attempt=attempt) as event if attempt == state.attempt:
                changes["opened"] = event
            case StepTurn(attempt=attempt) as event if attempt == state.attempt:
                turns.append(event)
            case StepDone(attempt=attempt) | StepFailed(attempt=attempt) if attempt == state.attempt:
                changes["ended"] = True
        state = msgspec.structs.replace(state, **changes)
    return msgspec.structs.replace(state, turns=tuple(turns))
