"""How long a host let somebody wait, as the chaos tests count it."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "chaos"))

from pressure import Pressure


@pytest.mark.parametrize(
    ("since", "until", "waited_s"),
    [(10.0, 12.0, 1.0), (10.5, 11.0, 0.0), (12.0, 13.0, 1.0), (11.0, 20.0, 1.5), (8.0, 9.0, 0.0)],
)
def test_what_was_waited_is_counted_between_two_looks(since: float, until: float, waited_s: float) -> None:
    pressure = Pressure()
    pressure._at = [10.0, 11.0, 12.0, 13.0]
    pressure._waited_s = [5.0, 5.5, 6.0, 7.0]
    assert pressure.waited_s(since, until) == waited_s


def test_nobody_waits_where_the_kernel_does_not_count() -> None:
    assert Pressure().waited_s(0.0, 60.0) == 0.0
