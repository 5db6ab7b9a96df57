"""Long faults of a cluster, on machines made of network namespaces. `make cluster` runs them."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

INTEGRATION = Path(__file__).parents[1] / "integration"
sys.path[:0] = [str(Path(__file__).parent), str(INTEGRATION)]

from fleet_support import committed
from machines import Machines


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    if os.geteuid():
        pytest.skip("makes network namespaces")
    made = Machines(tmp_path)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    return lambda files: committed(tmp_path / "repo", files)
