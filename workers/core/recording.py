"""What a run's log recorded of one round of a step, for a replay of it: the log is the cassette. Pure."""

from bisect import bisect
from collections.abc import Iterable
from itertools import takewhile

import msgspec

from mycoderai.schemas.chat import ModelAnswer
from mycoderai.schemas.events import (
    AskHeard,
    ModelAnswered,
    Recorded,
    StepFailed,
    StepStarted,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.execution import ToolResult
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.workers.core.journal import JournalState, fold_journal


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """The accepted history of the round: what lost attempts left is in it once or not at all."""

    run: str
    step: str
    journal: JournalState
    failure: Failure | None = None
    """How the round ended, if it failed."""
    calls: dict[str, ModelAnswered] = {}
    """By call id; those of turns that were not journaled are only here."""
    words_before: dict[int, int] = {}
    """By turn: how many of the words that change what the run does next had been given when it was journaled."""

    @property
    def turns(self) -> dict[int, StepTurn]:
        known = {turn.turn: turn for turn in self.journal.turns}
        stopped_in = self.journal.interrupted
        return known | {stopped_in.turn: stopped_in} if stopped_in else known

    def answer(self, call: str, turn: int) -> ModelAnswer | None:
        """What the model said: in the turn, if it was journaled, else when it was last asked."""
        said = self.turns.get(turn) or self.calls.get(call)
        if said is None:
            return None
        return ModelAnswer(
            model=said.model,
            message=said.message,
            finish_reason=said.finish_reason,
            # Nobody is paid again.
            usage=msgspec.structs.replace(said.usage, cost_usd=0.0),
        )

    @property
    def cut_off(self) -> bool:
        """The run went on, or ended, without the step: a plan dropped it, or somebody cancelled the run."""
        return not self.journal.ended and self.journal.attempt > 0


def recording_of(
    run: str,
    step: str,
    round_: int,
    events: Iterable[Recorded],
    calls: Iterable[Recorded] = (),
    heard: Iterable[Recorded] = (),
) -> Recording:
    """`events`: the step's log, `calls`: the answers it was given, `heard`: the orchestrator's words to people."""
    until = list(takewhile(lambda recorded: not _begins_after(recorded, round_), events))
    journal = fold_journal(until)
    answered = (recorded.event for recorded in calls)
    return Recording(
        run=run,
        step=step,
        journal=journal if journal.round == round_ else JournalState(),
        failure=_failure_of(until, journal.attempt),
        calls={event.call: event for event in answered if isinstance(event, ModelAnswered)},
        words_before=_words_before(until, round_, [recorded.seq for recorded in heard if changes_course(recorded)]),
    )


def changes_course(recorded: Recorded) -> bool:
    """Whether it is a word on an ask that changes what the run does next while its steps go on."""
    event = recorded.event
    return isinstance(event, AskHeard) and event.accepted and event.what in ("edit", "retry", "pause", "resume")


def _words_before(events: Iterable[Recorded], round_: int, words: list[int]) -> dict[int, int]:
    """A turn that stopped to ask counts from there: its answer may have come after such a word."""
    found: dict[int, int] = {}
    current = 0
    for recorded in events:
        event = recorded.event
        current = event.round if isinstance(event, StepStarted) else current
        turn = event.partial if isinstance(event, StepWaiting) else event
        if isinstance(turn, StepTurn) and current == round_:
            found.setdefault(turn.turn, bisect(words, recorded.seq))
    return found


def difference(recording: Recording, turn: StepTurn) -> Failure | None:
    """Where a turn that was replayed came out differently; None where it is as recorded."""
    recorded = recording.turns.get(turn.turn)
    if recorded is None:
        return _diverged(recording, turn.turn, "there was no such turn")
    for index, (was, now) in enumerate(zip(recorded.results, turn.results, strict=False)):
        if was.exit_code != now.exit_code:
            return _diverged(recording, turn.turn, _exits(index, was, now))
    if len(recorded.results) != len(turn.results):
        return _diverged(recording, turn.turn, f"{len(recorded.results)} calls were run, now {len(turn.results)}")
    if recorded.checkpoint.tree != turn.checkpoint.tree:
        said = f"the tree was {recorded.checkpoint.tree}, now it is {turn.checkpoint.tree}"
        return _diverged(recording, turn.turn, f"after {_last_call(turn)} {said}")
    return None


def unrecorded(recording: Recording, turn: int) -> Failure:
    return _diverged(recording, turn, "the model is asked something that it was not asked then")


def _exits(index: int, was: ToolResult, now: ToolResult) -> str:
    return f"call {index} ({now.name}) ended with {was.exit_code}, now with {now.exit_code}"


def _last_call(turn: StepTurn) -> str:
    return f"call {len(turn.results) - 1} ({turn.results[-1].name})" if turn.results else "the turn"


def _diverged(recording: Recording, turn: int, what: str) -> Failure:
    where = f"Step {recording.step}, turn {turn}"
    return failure(FailureCode.REPLAY_DIVERGED, f"{where} of run {recording.run} does not repeat: {what}.")


def _begins_after(recorded: Recorded, round_: int) -> bool:
    return isinstance(recorded.event, StepStarted) and recorded.event.round > round_


def _failure_of(events: Iterable[Recorded], attempt: int) -> Failure | None:
    ends = (recorded.event for recorded in events)
    return next((end.failure for end in ends if isinstance(end, StepFailed) and end.attempt == attempt), None)
