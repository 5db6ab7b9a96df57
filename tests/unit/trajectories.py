"""Turns of steps as they stand in a journal: built one by one, or whole healthy trajectories from a seed."""

import hashlib
import json
import random
from typing import Any

from mycoderai.schemas.chat import Message, ToolCall
from mycoderai.schemas.events import Heard, StepSteered, StepTurn
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.workers.core.course.stuck import Means, Steering, assess

TESTS = tuple(f"tests/test_app.py::test_{name}" for name in "abcdefgh")
Made = tuple[str, dict[str, Any], str, int, dict[str, Any] | None]


def bash(command: str, output: str = "", code: int = 0) -> Made:
    return "bash", {"command": command}, output, code, None


def view(path: str, first: int = 1, last: int = -1, output: str = "") -> Made:
    output = output or f"     {first}\tsource of {path} from {first} to {last}"
    return "str_replace_editor", {"command": "view", "path": path, "view_range": [first, last]}, output, 0, None


def edit(path: str, old: str, new: str, output: str = "Edited.", code: int = 0) -> Made:
    arguments = {"command": "str_replace", "path": path, "old_str": old, "new_str": new}
    return "str_replace_editor", arguments, output, code, None


def suite(*not_green: str, total: int = len(TESTS)) -> Made:
    counts = {"passed": total - len(not_green), "not_green": len(not_green)}
    data = {"counts": counts, "not_green": [{"id": name, "outcome": "failed", "message": ""} for name in not_green]}
    return "run_tests", {}, f"{counts['passed']} passed in 0.1 s", int(bool(not_green)), data


class Player:
    """A step at work: each call is a turn, at the tree its text names."""

    def __init__(self, means: Means | None = None) -> None:
        self.turns: list[StepTurn] = []
        self.steered: list[StepSteered] = []
        self.tree = "T0"
        self.means = means or Means()

    def play(self, *made: Made, tree: str = "", says: str = "", heard: str = "") -> Steering | None:
        """One turn; what assess says after it, carried out as the loop would do it."""
        self.tree = tree or self.tree
        number = len(self.turns) + 1
        calls = tuple(ToolCall(id=f"{number}-{i}", name=m[0], arguments=json.dumps(m[1])) for i, m in enumerate(made))
        results = tuple(
            ToolResult(call=call.id, name=m[0], output=m[2], exit_code=m[3], data=m[4])
            for call, m in zip(calls, made, strict=True)
        )
        self.turns.append(
            StepTurn(
                attempt=1,
                turn=number,
                heard=(Heard(ask=number, text=heard, by="ann"),) if heard else (),
                message=Message(role="assistant", content=says, tool_calls=calls),
                results=results,
                checkpoint=Checkpoint(commit=f"c-{self.tree}", tree=self.tree),
            )
        )
        steering = assess(self.turns, self.steered, means=self.means)
        if steering:
            self._follow(steering)
        return steering

    def _follow(self, steering: Steering) -> None:
        if steering.action in ("replan", "ask", "fail"):
            return
        if steering.action == "rewind":
            self.tree = steering.checkpoint.tree if steering.checkpoint else "T0"
        self.steered.append(
            StepSteered(
                attempt=1,
                turn=len(self.turns) + 1,
                action=steering.action,
                reason=steering.reason,
                text=steering.text,
                to_turn=steering.to_turn,
                model=steering.model,
                checkpoint=steering.checkpoint,
            )
        )


def healthy(seed: int) -> Player:
    """A step that explores, tries, errs and gets there, with the harmless repetitions real ones have."""
    worker = _Worker(random.Random(seed))  # noqa: S311  the same trajectories every time
    worker.work()
    return worker.player


FILES = tuple(f"app/{name}.py" for name in ("core", "io", "parse", "render", "store", "config", "cli", "util"))
WORDS = ("total", "price", "parse_line", "Cache", "TODO", "evict", "timeout", "encoding", "normalise", "retry")


class _Worker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.player = Player()
        self.red = list(chance.sample(TESTS, chance.randint(1, 5)))
        self.steerings: list[Steering] = []

    def do(self, *made: Made, tree: str = "") -> None:
        self.player.play(*made, tree=tree, says=self.chance.choice(["", "Let me look.", "I think I see it."]))

    def work(self) -> None:
        self.explore(self.chance.randint(2, 12))
        self.test()
        while self.red:
            self.explore(self.chance.randint(0, 6))
            self.attempt()
            if self.chance.random() < 0.1:
                self.poll()
        self.test()
        if self.chance.random() < 0.5:
            self.do(bash("git diff", f"diff --git a/{self.player.tree}"))

    def explore(self, turns: int) -> None:
        for _ in range(turns):
            self.do(*[self.look() for _ in range(self.chance.choice([1, 1, 1, 2]))])

    def look(self) -> Made:
        path, word = self.chance.choice(FILES), self.chance.choice(WORDS)
        first = self.chance.randrange(1, 400, 20)
        match self.chance.randrange(6):
            case 0:
                return bash(f"grep -rn '{word}' {self.chance.choice(['.', 'app', path])}", "", 1)
            case 1:
                return bash(f"grep -rn '{word}' app", f"{path}:{first}: def {word}(items):\n{path}:9: {word}(x)")
            case 2:
                return bash(f"sed -n {first},{first + 40}p {path}", f"code of {path} near {first}")
            case 3:
                return bash(f"ls -la {path.partition('/')[0]}", f"total 8\n-rw-r--r-- 1 u u {len(path)} {path}")
            case 4:
                return bash(f"git log --oneline -5 -- {path}", f"a1b2c3d Change {path}")
        return view(path, first, first + 40)

    def test(self) -> None:
        if self.chance.random() < 0.5:
            self.do(suite(*self.red))
            return
        took = self.chance.random()
        failed = "\n".join(f"FAILED {name} - assert" for name in self.red)
        summary = f"{len(self.red)} failed, {8 - len(self.red)} passed in {took:.2f}s"
        self.do(bash("python -m pytest -q", f"{failed}\n{summary}", int(bool(self.red))))

    def attempt(self) -> None:
        """A change and what the tests say: better, no better and undone, or one that does not even apply."""
        path = self.chance.choice(FILES)
        old = f"x = {self.chance.random()}"
        before = self.player.tree
        if self.chance.random() < 0.25:
            self.do(edit(path, old, "y", f"old_str does not occur in {path}. Nearest: line {len(old)}: {old[:9]}", 1))
            self.do(view(path, 1, 80))
        self.do(edit(path, old, "y"), tree=hashlib.sha256(f"{before}{path}{old}".encode()).hexdigest()[:12])
        outcome = self.chance.random()
        if outcome < 0.55:
            self.red.pop()
        self.test()
        if outcome > 0.75:
            self.do(bash(f"git checkout -- {path}", "Updated 1 path from the index"), tree=before)
            if self.chance.random() < 0.3:
                self.test()

    def poll(self) -> None:
        """A build in the background, looked at until it is through."""
        for done in range(self.chance.randint(3, 12)):
            self.do(bash("sleep 5; tail -1 build.log", f"compiled {done * 3} of 40 units"))
