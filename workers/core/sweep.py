"""Which commands the broker has given up, and what becomes of their runs. Pure."""

from collections.abc import Collection
from enum import StrEnum

from mycoderai.schemas.events import RunFinished
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.queue import Books
from mycoderai.workers.core.state import RunState, StepStatus

MOST_ISSUES = 2
"""How often a step's command is issued without an attempt coming of it, before its run ends."""


class Verdict(StrEnum):
    MOOT = "moot"
    """The run does without the command."""
    AGAIN = "again"
    """The same command once more: it was lost on the way, not to blame."""
    END = "end"
    """Nobody can carry it out."""


def unaccounted(books: Books) -> int:
    """Commands that are stored, but that no consumer will deliver. While work flows it is off by a few."""
    return books.messages - sum(pool.pending + pool.unacked for pool in books.pools.values())


def given_up(stored: Collection[int], unacked: int, old: int, heard: Collection[int]) -> set[int]:
    """Which of a pool's delivered commands will not be delivered again; none as long as that is not certain.

    stored: sequences of those still stored. unacked: how many of them the consumer knows about. old: the newest that
    had been delivered when listening began. heard: those somebody spoke for since, to hold or to end them.
    """
    silent = {seq for seq in stored if seq <= old} - set(heard)
    return silent if 0 < len(silent) <= len(stored) - unacked else set()


def verdict_on_step(state: RunState, step: str, ready_seq: int) -> Verdict:
    """On the command that copies the ready event with this sequence."""
    found = state.steps.get(step)
    if state.finished or found is None or found.ready_seq != ready_seq:
        return Verdict.MOOT
    if found.status is StepStatus.RUNNING:
        return Verdict.AGAIN  # the attempts counted in the step's log will end it
    if found.status is StepStatus.READY:
        return Verdict.AGAIN if found.issued < MOST_ISSUES else Verdict.END
    return Verdict.MOOT


def ended(reason: Failure, state: RunState | None) -> RunFinished:
    """The end of a run whose command nobody can carry out. state: None where reading its log is not safe."""
    if state is None:
        return RunFinished(status="failed", failure=reason, cost_usd=None)
    return RunFinished(status="failed", failure=reason, turns=state.turns, cost_usd=state.cost_usd)
