"""Ill-treat a fleet and judge what it did: `make chaos`. See docs/RELIABILITY.md.

A line for each test, the violations with their seed and log, and exit code 1 when there are any.
"""

import argparse
import asyncio
import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parents[1])]

import structlog
from cases import BY_NAME, CASES
from mutations import MUTATIONS
from rest import orphans
from rig import Rig
from scene import Case, Outcome, carry_out
from verdicts import story

SEED = 1
RATE = 30.0
"""Runs a second; each has one step, or a few. As much as two cores bear beside the faults and the witness."""
COLUMNS = "| {:42} | {:9} | {:>5} | {:>5} | {:>6} | {:>5} | {} |"


def main() -> int:
    asked = _arguments()
    # What is read here is senseless on purpose, and who it is read from is killed.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if asked.mutation:
        return _is_found(asked.mutation, asked.seed)
    cases = [BY_NAME[name] for name in asked.only] if asked.only else CASES
    outcomes, left = asyncio.run(carry_out_all(cases, seed=asked.seed, rate=asked.rate, longer=asked.longer))
    return 1 if left or any(outcome.violations for outcome in outcomes) else 0


async def carry_out_all(
    cases: Sequence[Case],
    *,
    seed: int,
    rate: float = RATE,
    longer: float = 1.0,
    mutation: str = "",
    patience_s: float = 60.0,
) -> tuple[list[Outcome], list[str]]:
    """One fleet for all; what each came to, and the processes that outlived it."""
    folder = Path(tempfile.mkdtemp(prefix="mycoder-chaos-"))
    outcomes = []
    print(COLUMNS.format("test", "number", "runs", "steps", "faults", "s", "violations"), flush=True)
    async with Rig(folder / "data", seed, mutation=mutation) as rig:
        for case in cases:
            outcome = await carry_out(rig, case, rate=rate, longer=longer, patience_s=patience_s)
            outcomes.append(outcome)
            print("\n".join(lines(outcome)), flush=True)
            if any(violation.verdict == "O7" for violation in outcome.violations):
                break  # the next would be judged by what this one has left behind
    left = list(orphans(folder / "data"))
    print(*left, sep="\n", end="\n" if left else "")
    if left or any(outcome.violations for outcome in outcomes):
        print(f"logs and stores are kept in {folder}")
    else:
        shutil.rmtree(folder)
    return outcomes, left


def lines(outcome: Outcome) -> Iterator[str]:
    case, found = outcome.case, outcome.violations
    figures = (len(outcome.runs), outcome.steps, outcome.faults, f"{outcome.seconds:.0f}")
    yield COLUMNS.format(case.name, case.numbers, *figures, len(found) or "none")
    for violation in found[:5]:
        yield f"  seed {outcome.seed}: {violation}"
        if records := outcome.runs.get(violation.run):
            yield story(records)


def _is_found(name: str, seed: int) -> int:
    """Exit code 1 when the mutation was found, as `make chaos` of broken code has it; 2 when it was not."""
    mutation = MUTATIONS[name]
    print(f"{mutation.invariant}: {mutation.said}; has to be found as {' or '.join(mutation.found_as)}")
    outcomes, _ = asyncio.run(carry_out_all([BY_NAME[mutation.case]], seed=seed, mutation=name, patience_s=20))
    found: set[str] = {violation.verdict for outcome in outcomes for violation in outcome.violations}
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
