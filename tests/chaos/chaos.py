"""Ill-treat a fleet and judge what it did: `make chaos`. See docs/RELIABILITY.md.

A line for each test, the violations with their seed and log, and exit code 1 when there are any.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parents[1])]

import structlog
from cases import BY_NAME, CASES
from homes import Home, at_home
from mutations import MUTATIONS
from rest import orphans
from scene import Case, Outcome, carry_out
from trials import TRIALS, Trial
from verdicts import Violation, story

from mycoderai.schemas.events import Recorded

SEED = 1
RATE = 30.0
"""Runs a second; each has one step, or a few. As much as two cores bear beside the faults and the witness."""
COLUMNS = "| {:42} | {:9} | {:>5} | {:>5} | {:>6} | {:>5} | {} |"


class Asked(NamedTuple):
    seed: int
    rate: float
    longer: float
    mutation: str
    patience_s: float


class Result(NamedTuple):
    outcomes: list[Outcome]
    left: list[str]
    """Processes that outlived their fleet."""
    not_run: list[str]
    """Tests this host has not what for, and what that is."""

    @property
    def violations(self) -> list[Violation]:
        return [violation for outcome in self.outcomes for violation in outcome.violations]


def main() -> int:
    asked = _arguments()
    # What is read here is senseless on purpose, and who it is read from is killed.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if asked.mutation:
        return _is_found(asked.mutation, asked.seed)
    tests = [BY_NAME[name] for name in asked.only] if asked.only else (*CASES, *TRIALS)
    result = asyncio.run(carry_out_all(tests, seed=asked.seed, rate=asked.rate, longer=asked.longer))
    return 1 if result.left or result.violations else 0


async def carry_out_all(
    tests: Sequence[Case | Trial],
    *,
    seed: int,
    rate: float = RATE,
    longer: float = 1.0,
    mutation: str = "",
    patience_s: float = 180.0,
) -> Result:
    """One fleet for all that can share it. A test this host has not what for is named and left out."""
    result = Result([], [], [])
    print(COLUMNS.format("test", "number", "runs", "steps", "faults", "s", "violations"), flush=True)
    ready = [test for test in tests if not _left_out(test, result)]
    for home, cases in groupby((test for test in ready if isinstance(test, Case)), key=lambda case: case.home):
        await _at_home(list(cases), home, result, Asked(seed, rate, longer, mutation, patience_s))
    for trial in ready:
        if isinstance(trial, Trial):
            await _try(trial, seed, result)
    if result.not_run:
        print("NOT RUN, so nothing is shown about them:", *result.not_run, sep="\n  ")
    return result


def _left_out(test: Case | Trial, result: Result) -> bool:
    reason = test.lacks() or (test.home.lacks() if isinstance(test, Case) else "")
    if reason:
        result.not_run.append(f"{test.name} ({test.numbers}): {reason}")
    return bool(reason)


async def _at_home(cases: Sequence[Case], home: Home, result: Result, asked: Asked) -> None:
    before = len(result.violations)
    async with at_home(home, asked.seed, asked.mutation) as (rig, folder):
        for case in cases:
            outcome = await carry_out(rig, case, rate=asked.rate, longer=asked.longer, patience_s=asked.patience_s)
            _note(outcome, result)
            if any(violation.verdict == "O7" for violation in outcome.violations):
                break  # the next would be judged by what this one has left behind
    left = list(orphans(folder / "data"))
    print(*left, sep="\n", end="\n" if left else "")
    result.left.extend(left)
    _keep_or_remove(folder, keep=bool(left) or len(result.violations) > before)


async def _try(trial: Trial, seed: int, result: Result) -> None:
    folder, began = Path(tempfile.mkdtemp(prefix="mycoder-chaos-")), time.monotonic()
    runs, faults, wrong = await trial.carry_out(folder, seed)
    found = [Violation(said[:2], said[3:]) for said in wrong]
    nothing = dict[str, Sequence[Recorded]].fromkeys(map(str, range(runs)), ())
    seconds = time.monotonic() - began
    _note(Outcome(trial.name, trial.numbers, seed, nothing, faults, runs, seconds, found), result)
    _keep_or_remove(folder, keep=bool(wrong))


def _note(outcome: Outcome, result: Result) -> None:
    result.outcomes.append(outcome)
    print("\n".join(lines(outcome)), flush=True)


def _keep_or_remove(folder: Path, *, keep: bool) -> None:
    if keep:
        print(f"logs and stores are kept in {folder}")
    else:
        shutil.rmtree(folder)


def lines(outcome: Outcome) -> Iterator[str]:
    found = outcome.violations
    figures = (len(outcome.runs), outcome.steps, outcome.faults, f"{outcome.seconds:.0f}")
    yield COLUMNS.format(outcome.name, outcome.numbers, *figures, len(found) or "none")
    for violation in found[:5]:
        yield f"  seed {outcome.seed}: {violation}"
        if records := outcome.runs.get(violation.run):
            yield story(records)


def _is_found(name: str, seed: int) -> int:
    """Exit code 1 when the mutation was found, as `make chaos` of broken code has it; 2 when it was not."""
    mutation = MUTATIONS[name]
    print(f"{mutation.invariant}: {mutation.said}; has to be found as {' or '.join(mutation.found_as)}")
    result = asyncio.run(carry_out_all([BY_NAME[mutation.case]], seed=seed, mutation=name, patience_s=20))
    found = {violation.verdict for violation in result.violations}
    verdict = "found" if found.intersection(mutation.found_as) else "NOT FOUND"
    print(f"{name}: {verdict}, as {', '.join(sorted(found)) or 'nothing'}")
    return 1 if verdict == "found" else 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=BY_NAME, metavar="TEST")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rate", type=float, default=RATE, help="runs a second")
    parser.add_argument("--longer", type=float, default=1.0, metavar="TIMES", help="times the load's length")
    parser.add_argument("--mutation", choices=MUTATIONS, default="", help="break the code on purpose")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
