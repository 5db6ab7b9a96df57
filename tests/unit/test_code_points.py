"""Which states of the code a log names, and how they follow from each other."""

from typing import Any

import msgspec
import pytest

from mycoderai.gateway.code.lineage import Lineage
from mycoderai.gateway.code.points import Points
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import (
    AnyEvent,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepOpened,
    StepReady,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
    TakenOver,
    encode,
)
from mycoderai.schemas.execution import ArtifactRef, Checkpoint, Repository
from mycoderai.schemas.plan import StepSpec
from mycoderai.schemas.subjects import Log


def code(letter: str, *, stored: bool = True) -> Checkpoint:
    bundle = ArtifactRef(name=letter * 64, sha256=letter * 64, size=1)
    return Checkpoint(commit=letter * 40, tree=(letter + "0") * 20, bundle=bundle if stored else None)


BASE = code("b", stored=False)
GIVEN = Repository(artifact=ArtifactRef(name="a" * 64, sha256="a" * 64, size=1), commit=BASE.commit)
SUBMITTED = RunSubmitted(task="t", repository=GIVEN)
LOG = Log("run1")


class Story:
    """Events of a log, one after the other."""

    def __init__(self) -> None:
        self.points = Points()
        self._seq = 0
        self._add(LOG.run_event("submitted"), SUBMITTED)

    def ready(self, step: str, *start: Checkpoint) -> None:
        spec = StepSpec(id=step, role="coder", goal="g")
        self._add(LOG.ready("coder", step), StepReady(spec=spec, submission=SUBMITTED, start=start))

    def opened(self, step: str, start: Checkpoint | None = None, round_: int = 1) -> None:
        self.step(step, "started", StepStarted(attempt=round_, round=round_, worker="w"))
        self.step(step, "opened", StepOpened(attempt=round_, session="s", base=BASE, start=start))

    def turn(self, step: str, number: int, checkpoint: Checkpoint) -> None:
        self.step(step, "turn", turn(number, checkpoint))

    def step(self, step: str, type_: str, event: AnyEvent) -> None:
        self._add(LOG.step_event("coder", step, type_), event)

    def run(self, type_: str, event: AnyEvent) -> None:
        self._add(LOG.run_event(type_), event)

    def _add(self, subject: str, event: AnyEvent) -> None:
        self._seq += 1
        self.points.take(self._seq, f"at {self._seq}", subject, encode(event))

    @property
    def names(self) -> list[str]:
        return [point.name for point in self.points.all]

    def family(self) -> dict[str, list[str]]:
        """Of each state, what it came from."""
        nodes = Lineage(self.points).nodes
        return {node.point.name: [nodes[parent].point.name for parent in node.parents] for node in nodes}


def turn(number: int, checkpoint: Checkpoint) -> StepTurn:
    return StepTurn(attempt=1, turn=number, message=Message(role="assistant", content=""), checkpoint=checkpoint)


def test_every_state_has_a_name_and_a_label() -> None:
    story = Story()
    story.opened("main")
    story.turn("main", 1, code("1"))
    story.step("main", "steered", StepSteered(attempt=1, turn=2, action="rewind", reason="r", checkpoint=None))
    story.step("main", "waiting", StepWaiting(attempt=1, question=QUESTION, partial=turn(2, code("2"))))
    story.step("main", "done", StepDone(attempt=1, result=code("3")))
    story.run("finished", RunFinished(status="succeeded", result=code("3")))
    assert story.names == [
        *("base", "start:main", "turn:main:1", BASE.commit, "turn:main:2", "step:main", "result"),
    ]
    points = story.points
    assert points.newest.name == "result"
    assert points.finished
    assert points.base.tree == BASE.tree, "known once a step has begun"
    for name in ("base", "start:main", "turn:main:1", "step:main", "result", "newest", code("1").commit):
        assert points.find(name).line.label


QUESTION: Any = msgspec.convert(
    {"id": "q", "kind": "question", "text": "?"}, type=StepWaiting.__annotations__["question"]
)


def test_the_newest_is_the_last_one_before_there_is_a_result() -> None:
    story = Story()
    assert story.points.newest.name == "base"
    story.opened("main")
    story.turn("main", 1, code("1"))
    assert story.points.find("").commit == code("1").commit
    assert story.points.find("step:main").commit == code("1").commit, "as far as the step has come"


NOT_THERE = ["--output=/tmp/x", "HEAD", "base^", "main", "turn:main", "turn:main:9", "step:", "result", "f" * 40, "\0"]


@pytest.mark.parametrize("name", NOT_THERE)
def test_only_what_the_log_names_is_found(name: str) -> None:
    story = Story()
    story.opened("main")
    with pytest.raises(Problem) as refused:
        story.points.find(name)
    assert (refused.value.status, refused.value.code) == (404, "unknown_checkpoint")


@pytest.mark.parametrize("bad", ["--output=x", "HEAD", "b" * 39, "B" * 40, ""])
def test_ids_that_are_none_do_not_get_in(bad: str) -> None:
    story = Story()
    story.opened("main")
    story.turn("main", 1, Checkpoint(commit=bad, tree="b" * 40))
    story.turn("main", 2, Checkpoint(commit="b" * 40, tree=bad or "-"))
    assert story.names == ["base", "start:main"]


def test_what_is_no_event_shows_nothing() -> None:
    story = Story()
    before = story.names
    for subject in (LOG.run_event("finished"), "evt.0.run1.step.coder.main.turn", "nonsense"):
        for payload in (b"", b"[]", b'{"kind": 5}', b'{"kind":"step.turn","checkpoint":7}', b"[" * 100_000, b"\xff"):
            story.points.take(9, "", subject, payload)
    assert story.names == before


def test_a_run_without_a_copy_of_its_repository_has_no_code() -> None:
    points = Points()
    points.take(1, "", LOG.run_event("submitted"), encode(RunSubmitted(task="t", repository=Repository(path="/x"))))
    for look in (lambda: points.base, lambda: points.newest, lambda: points.find("base"), lambda: points.given):
        with pytest.raises(Problem, match="no code to look at"):
            look()


def test_a_merge_is_found_in_what_the_step_recorded_after_it() -> None:
    story = Story()
    merge = code("e", stored=False)
    story.ready("last", code("1"), code("2"))
    story.opened("last", merge)
    start = story.points.find("start:last")
    assert not list(story.points.holders(start))
    assert [part.commit for part in story.points.parts_of("last")] == [code("1").commit, code("2").commit]
    story.turn("last", 1, code("7"))
    assert [ref.name[0] for ref in story.points.holders(start)] == ["7"]


def test_each_turn_comes_from_the_one_before_it() -> None:
    story = Story()
    story.opened("main")
    story.turn("main", 1, code("1"))
    story.turn("main", 2, code("1"))
    story.turn("main", 3, code("3"))
    story.step("main", "done", StepDone(attempt=1, result=code("4")))
    assert story.family() == {
        "base": [],
        "turn:main:1": ["base"],
        "turn:main:3": ["turn:main:1"],
        "step:main": ["turn:main:3"],
    }


def test_after_a_rewind_the_turns_that_were_left_are_no_ancestors() -> None:
    story = Story()
    story.opened("main")
    for number in (1, 2, 3):
        story.turn("main", number, code(str(number)))
    back = StepSteered(attempt=1, turn=4, action="rewind", reason="r", to_turn=2, checkpoint=code("1"))
    story.step("main", "steered", back)
    story.turn("main", 4, code("4"))
    assert story.family()["turn:main:4"] == ["turn:main:1"]


def test_a_new_round_begins_where_the_first_began() -> None:
    story = Story()
    story.opened("main")
    story.turn("main", 1, code("1"))
    story.opened("main", round_=2)
    story.turn("main", 2, code("2"))
    assert story.family()["turn:main:2"] == ["base"]


def test_a_step_comes_from_all_the_results_it_needed() -> None:
    story = Story()
    for step, letter in (("left", "1"), ("right", "2")):
        story.opened(step)
        story.turn(step, 1, code(letter))
        story.step(step, "done", StepDone(attempt=1, result=code(letter)))
    story.ready("last", code("1"), code("2"))
    story.opened("last", code("e", stored=False))
    story.turn("last", 1, code("7"))
    family = story.family()
    assert family["start:last"] == ["turn:left:1", "turn:right:1"]
    assert family["turn:last:1"] == ["start:last"]


def test_turns_copied_from_another_run_come_before_the_opening() -> None:
    story = Story()
    story.step("main", "started", StepStarted(attempt=1, worker="w"))
    story.turn("main", 1, code("1"))
    story.step("main", "opened", StepOpened(attempt=1, session="", base=BASE))
    story.turn("main", 2, code("2"))
    assert story.family()["turn:main:2"] == ["turn:main:1"]


def test_results_taken_over_from_another_run_are_there() -> None:
    story = Story()
    step = StepSpec(id="old", role="coder", goal="g")
    taken = TakenOver(step="old", result=code("1"))
    story.run("planned", RunPlanned(steps=(step,), taken_over=(taken,)))
    story.ready("next", code("1"))
    story.opened("next", code("1", stored=False))
    story.turn("next", 1, code("2"))
    assert story.points.find("step:old").commit == code("1").commit
    assert story.family() == {"base": [], "step:old": ["base"], "turn:next:1": ["step:old"]}


def test_every_point_has_a_place_that_reaches_the_base() -> None:
    story = Story()
    story.opened("main")
    story.turn("main", 1, code("1"))
    story.step("main", "done", StepDone(attempt=1, result=code("4")))
    story.run("finished", RunFinished(status="failed", result=code("9")))
    lineage = Lineage(story.points)
    for point in story.points.all:
        assert lineage.ancestors(lineage.place_of(point))[0] == 0
