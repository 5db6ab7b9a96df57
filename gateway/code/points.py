"""Which states of the code a run's log names, and how queries call them. Pure.

The log is the only source of commit ids: what a query names is looked up here, so it can be neither an option of git
nor a commit of another run.
"""

import re
from bisect import insort
from collections.abc import Iterable

import msgspec

from mycoderai.gateway.code.point import Point
from mycoderai.gateway.code.seen import Seen, see
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.execution import ArtifactRef, Checkpoint, Repository
from mycoderai.schemas.web.code import CheckpointKind

_OBJECT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHOWN = 80


class Points:
    """The fold of a run's log. Events of a family come in the order of the log, and those of `run` first."""

    def __init__(self) -> None:
        self.repository: Repository | None = None
        self.finished = False
        self.all: list[Point] = []
        """In the order of the log."""
        self._rounds: dict[str, int] = {}
        self._parts: dict[str, tuple[Checkpoint, ...]] = {}

    def take(self, seq: int, at: str, subject: str, payload: bytes) -> None:
        """Messages that are no events show nothing."""
        if found := see(subject, payload):
            step, seen = found
            self._apply(seen, step, seq, at)

    def _apply(self, seen: Seen, step: str, seq: int, at: str) -> None:
        round_ = self._rounds.get(step, 0)
        here = {"step": step, "round": round_, "attempt": seen.attempt, "turn": seen.turn, "seq": seq, "at": at}
        match seen.kind:
            case "run.submitted":
                self._submitted(seen.repository)
            case "run.planned":
                for done in seen.taken_over:
                    self._add("step", done.result, **{**here, "step": done.step})
            case "step.ready" if isinstance(seen.start, tuple):
                self._parts[step] = seen.start
            case "step.started":
                self._rounds[step] = seen.round
            case "step.opened":
                self._opened(seen, here)
            case "step.turn":
                self._add("turn", seen.checkpoint, **here)
            case "step.waiting" if seen.partial:
                self._add("turn", seen.partial.checkpoint, **{**here, "turn": seen.partial.turn})
            case "step.steered" if seen.action == "rewind":
                self._add("rewind", seen.checkpoint or self._start_of(step, round_), **here)
            case "step.done":
                self._add("step", seen.result, **here)
            case "run.finished":
                self.finished = True
                self._add("result", seen.result, **here)

    def _submitted(self, repository: Repository | None) -> None:
        self.repository = repository
        if repository and repository.artifact:
            self._add("base", Checkpoint(commit=repository.commit, tree=""))

    def _opened(self, seen: Seen, here: dict[str, object]) -> None:
        """Later attempts of a round go on where the first one began."""
        if seen.base and self.all and not self.all[0].tree and self.all[0].commit == seen.base.commit:
            self.all[0] = msgspec.structs.replace(self.all[0], tree=seen.base.tree)
        step, start = str(here["step"]), seen.start if isinstance(seen.start, Checkpoint) else seen.base
        if self._start_of(step, self._rounds.get(step, 0)):
            return
        self._add("start", start, **here)

    def _start_of(self, step: str, round_: int) -> Point | None:
        return next((p for p in self.all if p.kind == "start" and (p.step, p.round) == (step, round_)), None)

    def _add(self, kind: CheckpointKind, found: Checkpoint | Point | None, **where: object) -> None:
        if found is None or not _OBJECT_ID.fullmatch(found.commit):
            return
        if found.tree and not _OBJECT_ID.fullmatch(found.tree):
            return
        code = {"kind": kind, "commit": found.commit, "tree": found.tree}
        point = msgspec.structs.replace(msgspec.convert({**code, **where}, Point), bundle=found.bundle)
        insort(self.all, point, key=lambda point: point.seq)

    @property
    def given(self) -> ArtifactRef:
        """The repository the run was given. Raises Problem where there is no copy of it to look at."""
        if self.repository and self.repository.artifact and self.all and self.all[0].kind == "base":
            return self.repository.artifact
        raise Problem(404, "no_code", "the run was not given a copy of a repository, so there is no code to look at")

    @property
    def base(self) -> Point:
        """Raises Problem as `given` does."""
        self.given  # noqa: B018  where there is none there is no base either
        return self.all[0]

    @property
    def newest(self) -> Point:
        results = [point for point in self.all if point.kind == "result"]
        return results[-1] if results else max(self.all, key=lambda point: point.seq, default=self.base)

    def find(self, name: str) -> Point:
        """The point a query names. Raises Problem 404."""
        base = self.base
        found = self.newest if name in ("", "newest") else self._named(name) if name != "base" else base
        if found is None:
            raise Problem(
                404,
                "unknown_checkpoint",
                f"the run has no checkpoint {name[:_SHOWN]!r}",
                "checkpoints are base, result, newest, start:STEP, step:STEP, turn:STEP:N or a commit of the run",
            )
        return found

    def _named(self, name: str) -> Point | None:
        """The last one of that name: a step that was done again counts as it was then."""
        match name.split(":"):
            case ["result"]:
                return _last(point for point in self.all if point.kind == "result")
            case ["start", step]:
                return _last(point for point in self.all if point.kind == "start" and point.step == step)
            case ["step", step] if step:
                ours = [point for point in self.all if point.step == step]
                return _last(point for point in ours if point.kind == "step") or _last(ours)
            case ["turn", step, number]:
                return _last(p for p in self.all if p.kind == "turn" and p.step == step and str(p.turn) == number)
        return next((point for point in self.all if point.commit == name), None)

    def holders(self, point: Point) -> Iterable[ArtifactRef]:
        """Bundles that may hold a point, the likeliest first. A merge that a step began with has none of its own: it
        is below whatever the step recorded after it."""
        given = [part.bundle for part in self._parts.get(point.step, ()) if part.commit == point.commit]
        same = [p.bundle for p in self.all if p.commit == point.commit]
        after = [p.bundle for p in self.all if (p.step, p.round) == (point.step, point.round)]
        return list({ref.name: ref for ref in (point.bundle, *given, *same, *after) if ref}.values())

    def parts_of(self, step: str) -> tuple[Checkpoint, ...]:
        """The results the step began with, merged where there are several."""
        return self._parts.get(step, ())


def _last(points: Iterable[Point]) -> Point | None:
    return max(points, key=lambda point: point.seq, default=None)
