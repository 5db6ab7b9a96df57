"""The questions of a run that only a person can settle: which are open, and what became of the others."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mycoderai.schemas.events import Question


@dataclass(frozen=True, slots=True)
class Open:
    """A question nobody has answered yet."""

    question: Question
    step: str
    """Empty: it is about the whole run."""
    since: str
    """RFC 3339."""

    @property
    def id(self) -> str:
        return self.question.id

    @property
    def kind(self) -> str:
        return self.question.kind


@dataclass
class Questions:
    open: dict[str, Open] = field(default_factory=dict)
    """Oldest first."""
    settled: dict[str, str] = field(default_factory=dict)
    """What became of those that were open once."""

    def __iter__(self) -> Iterator[Open]:
        return iter(self.open.values())

    def __len__(self) -> int:
        return len(self.open)

    def has(self, kind: str) -> bool:
        return any(item.kind == kind for item in self)

    def ask(self, question: Question, step: str, time: str) -> None:
        if question.kind == "paused" and self.has("paused"):
            return  # once for the run, not for each of its steps
        self.open[question.id] = Open(question, step, time)

    def settle(self, question: str, how: str) -> None:
        if self.open.pop(question, None):
            self.settled[question] = how

    def settle_kind(self, kind: str, how: str) -> None:
        for item in [item for item in self if item.kind == kind]:
            self.settle(item.id, how)

    def settle_step(self, step: str, how: str) -> None:
        for item in [item for item in self if step and item.step == step and item.kind != "paused"]:
            self.settle(item.id, how)

    def close(self) -> None:
        """The run has ended; nobody waits for an answer any more."""
        for item in list(self):
            self.settle(item.id, "the run has ended")
