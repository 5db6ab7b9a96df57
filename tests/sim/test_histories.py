"""A fixed lot of histories in which every verdict must hold, and proof that seeds replay and verdicts can fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sim.history import judge
from tests.sim.mutations import MUTATIONS, Mutation, applied

CHUNKS, CHUNK = 16, 50
MOST_SEEDS = 300
_DIGESTS = "from tests.sim.history import judge; print([judge(seed).digest for seed in range(1, 9)])"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_verdict_holds(chunk: int) -> None:
    first = 1 + chunk * CHUNK
    bad = {judged.seed: judged.violations for judged in map(judge, range(first, first + CHUNK)) if judged.violations}
    assert not bad, f"read one with: make sim SEED={next(iter(bad))}"


def test_a_seed_is_one_history_in_every_process() -> None:
    def digests(hash_seed: str) -> str:
        env = os.environ | {"PYTHONHASHSEED": hash_seed}
        root = Path(__file__).parents[2]
        return subprocess.run(
            [sys.executable, "-c", _DIGESTS], env=env, cwd=root, check=True, capture_output=True, text=True
        ).stdout

    told = digests("1")
    assert told == digests("2")
    assert told == f"{[judge(seed).digest for seed in range(1, 9)]}\n"
    assert len(set(told.split(","))) == 8


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name.replace(" ", "-"))
def test_a_fault_in_the_code_is_found(mutation: Mutation) -> None:
    with applied(mutation):
        for seed in range(1, MOST_SEEDS):
            if any(said.startswith(mutation.found_by) for said in judge(seed).violations):
                return
    pytest.fail(f"{MOST_SEEDS} histories found nothing wrong with a fleet that does this: {mutation.name}")
