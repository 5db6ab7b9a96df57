"""A team at work through the real command line: two steps side by side whose results conflict, one that fails and is
planned anew, a plan that is approved, a message to a step at work; and the branch is green where the person pulls it.

The three faults that `mycoder run` mends in parallel without a script are in tests/integration/test_repair_plans.py.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_support import WITHIN_S, Mycoder, git, repository, to_the_end
from tests.e2e.scripts import Silent

Event = dict[str, Any]
SHOP = {
    "rates.py": "# In per cent.\nREDUCED, FULL = 0, 0\n",
    "parcel.py": "def is_bulky(cm):\n    return cm < 120\n",
    "tests/test_shop.py": (
        "import rates\nfrom parcel import is_bulky\n\n\n"
        "def test_rates():\n    assert (rates.REDUCED, rates.FULL) == (7, 19)\n\n\n"
        "def test_parcel():\n    assert is_bulky(120) and not is_bulky(119)\n"
    ),
}
HINT = "both rates are in per cent"
RESOLVED = "printf '# In per cent.\\nREDUCED, FULL = 7, 19\\n' > rates.py"


def call(name: str, **arguments: Any) -> Event:
    return {"name": name, "arguments": arguments}


def edit(path: str, old: str, new: str) -> Event:
    return call("str_replace_editor", command="str_replace", path=path, old_str=old, new_str=new)


def submit(summary: str) -> Event:
    return call("submit", summary=summary)


def step(id_: str, *needs: str, role: str = "coder", check: str = "no_regression", model: str = "") -> Event:
    return {"id": id_, "role": role, "goal": f"do {id_}", "needs": needs, "accept": {"check": check}, "model": model}


class Followed:
    """A `mycoder run --json` and all it has printed so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.events: list[Event] = []

    def until(self, kind: str, **fields: Any) -> Event:
        """The first such event, printed already or yet to come."""
        return next(event for event in self._all() if event["kind"] == kind and fields.items() <= event.items())

    def to_the_end(self) -> int:
        list(self._all())
        to_the_end(self._process)
        return self._process.returncode

    def _all(self) -> Iterator[Event]:
        yield from list(self.events)
        assert self._process.stdout
        for line in self._process.stdout:
            self.events.append(json.loads(line))
            yield self.events[-1]

    def of(self, kind: str, **fields: Any) -> list[Event]:
        return [event for event in self.events if event["kind"] == kind and fields.items() <= event.items()]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Mycoder]:
    mycoder = Mycoder(tmp_path / "home")
    with mycoder.up():
        yield mycoder


@pytest.fixture
def full(tmp_path: Path) -> Silent:
    return Silent(tmp_path / "full.json")


@pytest.fixture
def reduced(tmp_path: Path) -> Silent:
    return Silent(tmp_path / "reduced.json")


@pytest.fixture
def model(tmp_path: Path, reduced: Silent, full: Silent) -> str:
    """Plays the run, but for the two steps that speak when the test says so."""
    coders = [step("reduced", model=reduced.model), step("full", model=full.model)]
    ending = {"role": "tester", "check": "suite"}
    first = [*coders, step("parcel"), step("check", "reduced", "full", "parcel", **ending)]
    second = [step("parcel-2"), step("check", "reduced", "full", "parcel-2", **ending)]
    steps = {
        "plan": [[call("plan", steps=first)]],
        "plan-2": [[call("plan", steps=second)]],
        "parcel": [[call("give_up", reason="the rule is not known")]],
        "parcel-2": [[edit("parcel.py", "<", ">=")], [submit("Turn the rule around")]],
        "resolver": [[call("bash", command=f"grep -c '<<<<' rates.py && {RESOLVED}")], [submit("Keep both rates")]],
        "check": [[call("run_tests")], [submit("All of it is green")]],
    }
    path = tmp_path / "script.json"
    path.write_text(json.dumps({"steps": steps}))
    return f"scripted:{path}"


def test_a_team_with_a_person_beside_it_makes_a_green_branch(
    fleet: Mycoder, tmp_path: Path, reduced: Silent, full: Silent, model: str
) -> None:
    repo = repository(tmp_path / "shop", SHOP)
    asked = ("--repo", repo, "--model", model, "--plan", "--approve", "plan", "--timeout", str(WITHIN_S), "--json")
    told = Followed(fleet.start("run", "repair the shop", *asked))

    plan = told.until("run.planned", waits=True)
    run = plan["run"]
    assert fleet("approve", run, f"plan-{plan['revision']}").code == 0
    told.until("step.started", step="full")
    assert fleet("message", run, HINT, "--step", "full").code == 0
    reduced.speak([edit("rates.py", "REDUCED, FULL = 0, 0", "REDUCED, FULL = 7, 0")], [submit("Set the lower rate")])
    change = edit("rates.py", "REDUCED, FULL = 0, 0", "REDUCED, FULL = 0, 19")
    full.speak([change], [call("bash", command="true")], [submit("Set the full rate")])
    told.until("step.failed", step="parcel")
    again = told.until("run.planned", waits=True, reason="proposed by plan-2")
    assert fleet("approve", run, f"plan-{again['revision']}").code == 0

    assert told.to_the_end() == 0, told.events[-1]
    for happened in (_side_by_side, _conflict, _planned_anew, _approved, _steered):
        assert happened(told), happened.__name__
    _green(fleet, repo, told.events[-1])


def _place(told: Followed, kind: str, step: str) -> int:
    """Of the first such event in the log."""
    return int(told.of(kind, step=step)[0]["seq"])


def _side_by_side(told: Followed) -> bool:
    both = ("reduced", "full")
    return max(_place(told, "step.started", one) for one in both) < min(_place(told, "step.done", one) for one in both)


def _conflict(told: Followed) -> bool:
    (failed,) = told.of("step.failed", step="check")
    solved = _place(told, "step.done", "resolve-check")
    return failed["failure"]["code"] == "merge_conflict" and solved < _place(told, "step.done", "check")


def _planned_anew(told: Followed) -> bool:
    (failed,) = told.of("step.failed", step="parcel")
    (plan,) = [plan for plan in told.of("run.planned") if plan["reason"].startswith("Step parcel failed")]
    kept = {step["id"] for step in plan["steps"]} >= {"reduced", "full"}
    once = len(told.of("step.started", step="reduced")) == len(told.of("step.started", step="full")) == 1
    return kept and once and failed["seq"] < plan["seq"] < _place(told, "step.done", "parcel-2")


def _approved(told: Followed) -> bool:
    plan = told.until("run.planned", waits=True)
    word = told.of("run.heard", what="approve")[0]
    return word["accepted"] and plan["seq"] < word["seq"] < _place(told, "step.ready", "reduced")


def _steered(told: Followed) -> bool:
    heard = [item["text"] for turn in told.of("step.turn", step="full") for item in turn["heard"]]
    return heard == [HINT] and told.of("run.heard", what="message")[0]["accepted"]


def _green(fleet: Mycoder, repo: Path, result: Event) -> None:
    """What the last line says is so in the person's repository."""
    assert (result["kind"], result["status"]) == ("result", "succeeded")
    evidence = result["evidence"]
    assert (evidence["check"], evidence["exit_code"], evidence["commit"]) == ("suite", 0, result["commit"])
    assert evidence["tests"]["passed"] == evidence["tests"]["total"] == 2
    assert fleet("pull", result["run"]).code == 0
    assert git(repo, "rev-parse", f"{result['branch']}^{{tree}}") == evidence["tree"]
    git(repo, "switch", "-q", result["branch"])
    own = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=repo, capture_output=True, text=True)
    assert own.returncode == 0, own.stdout
