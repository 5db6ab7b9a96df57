"""Long faults of a cluster, on machines made of network namespaces. `make cluster` runs them."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

INTEGRATION = Path(__file__).parents[1] / "integration"
sys.path[:0] = [str(Path(__file__).parent), str(INTEGRATION)]

from fleet_support import git
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
    def make(files: dict[str, str]) -> Path:
        root = tmp_path / "repo"
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(root, "init", "-q", "-b", "main")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "Start")
        return root

    return make
