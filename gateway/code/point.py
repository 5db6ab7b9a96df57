"""A state of the code that a run's log names."""

import msgspec

from mycoderai.schemas.execution import ArtifactRef
from mycoderai.schemas.web.code import CheckpointKind, CheckpointLine


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A state of the code, where the log has it."""

    kind: CheckpointKind
    commit: str
    tree: str = ""
    bundle: ArtifactRef | None = None
    step: str = ""
    round: int = 0
    attempt: int = 0
    turn: int = 0
    seq: int = 0
    at: str = ""

    @property
    def treeish(self) -> str:
        return self.tree or self.commit

    @property
    def name(self) -> str:
        match self.kind:
            case "base" | "result":
                return self.kind
            case "start" | "step":
                return f"{self.kind}:{self.step}"
            case "turn":
                return f"turn:{self.step}:{self.turn}"
        return self.commit

    @property
    def line(self) -> CheckpointLine:
        return CheckpointLine(
            name=self.name,
            kind=self.kind,
            commit=self.commit,
            tree=self.tree,
            step=self.step,
            attempt=self.attempt,
            turn=self.turn,
            at=self.at,
            label=_LABELS[self.kind].format(self),
        )


_LABELS: dict[CheckpointKind, str] = {
    "base": "What the run was given",
    "start": "Start of {0.step}",
    "turn": "{0.step}, turn {0.turn}",
    "rewind": "{0.step}, back before turn {0.turn}",
    "step": "Result of {0.step}",
    "result": "Result of the run",
}
