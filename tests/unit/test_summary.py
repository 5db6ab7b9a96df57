import pytest

from mycoderai.schemas.execution import TestCounts
from mycoderai.workers.core.summary import counts_in

UNITTEST = "....\n----\nRan 12 tests in 0.003s\n\n"


@pytest.mark.parametrize(
    ("output", "counts"),
    [
        (UNITTEST + "OK\n", TestCounts(passed=12, total=12)),
        (
            UNITTEST + "FAILED (failures=2, errors=1, skipped=3)\n",
            TestCounts(passed=6, failed=2, error=1, skipped=3, total=12),
        ),
        (UNITTEST + "OK (skipped=2)\n", TestCounts(passed=10, skipped=2, total=12)),
        (
            "=== 3 failed, 5 passed, 1 skipped in 0.12s ===\n",
            TestCounts(passed=5, failed=3, skipped=1, total=9),
        ),
        ("2 errors in 0.10s\n", TestCounts(error=2, total=2)),
        ("1 error in 0.10s\n", TestCounts(error=1, total=1)),
        ("all fine\n", None),
    ],
)
def test_counts_are_read_from_the_last_summary(output: str, counts: TestCounts | None) -> None:
    assert counts_in("noise\n" + output) == counts
