"""A sample of `make chaos`: a fleet that is ill-treated under load, judged from outside; and a mutation it finds."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests" / "chaos"), str(ROOT)]

from cases import BY_NAME
from mutations import MUTATIONS
from rest import orphans
from rig import Rig
from scene import carry_out

SAMPLE = ("killed between effect and result", "the broker killed")
RATE = 25.0


async def test_a_fleet_that_is_ill_treated_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    async with Rig(tmp_path / "data", seed=1) as rig:
        outcomes = [await carry_out(rig, BY_NAME[name], rate=RATE, longer=0.6) for name in SAMPLE]
    assert [str(violation) for outcome in outcomes for violation in outcome.violations] == []
    assert all(outcome.faults and outcome.steps > 20 for outcome in outcomes)
    assert list(orphans(tmp_path / "data")) == []


async def test_an_attempt_that_forgets_the_journal_is_found(tmp_path: Path) -> None:
    mutation = MUTATIONS["from-scratch"]
    async with Rig(tmp_path / "data", seed=1, mutation="from-scratch") as rig:
        outcome = await carry_out(rig, BY_NAME[mutation.case], rate=RATE, longer=0.6)
    assert {violation.verdict for violation in outcome.violations}.issuperset(mutation.found_as)
