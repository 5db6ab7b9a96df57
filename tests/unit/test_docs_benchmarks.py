"""The table of docs/benchmarks.md is rewritten row by row, and a row says what was measured."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch):
    """The benchmark's modules, which stand beside their script."""
    monkeypatch.setattr(sys, "path", [str(ROOT / "tests" / "bench"), *sys.path])
    import figure
    import page

    return figure.Figure, page


def test_a_row_that_was_not_measured_again_stays(bench, tmp_path: Path) -> None:
    figure_of, page = bench
    path = tmp_path / "page.md"
    path.write_text(f"before\n{page.BEGIN}\n{page.END}\nafter\n")
    page.write(path, [figure_of(name="one", unit="ms", samples=[1.0]), figure_of(name="two", unit="ms", samples=[2.0])])
    two = next(line for line in path.read_text().splitlines() if line.startswith("| two"))
    page.write(path, [figure_of(name="one", unit="ms", samples=[7.0])])
    text = path.read_text()
    assert two in text
    assert "| one | - | ms | 1 | 7 |" in text
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")


def test_percentiles_point_at_the_worse_end(bench) -> None:
    figure_of, _ = bench
    samples = [float(value) for value in range(1, 101)]
    late = figure_of(name="late", unit="ms", samples=samples, reach=50.0)
    fast = figure_of(name="fast", unit="runs/s", samples=samples, reach=52.0, at_least=True)
    assert (late.median, late.percentile(99), late.met) == (50.0, 99.0, True)
    assert (fast.median, fast.percentile(99), fast.met) == (51.0, 2.0, False)


def test_the_page_explains_every_part_of_the_benchmark(bench) -> None:
    listed = {path.stem for path in (ROOT / "tests" / "bench").glob("*.py")}
    import run

    assert {*run.PARTS, *run.SLOW_PARTS} <= listed
    for part in (*run.PARTS, *run.SLOW_PARTS):
        assert f"`{part}`" in (ROOT / "docs" / "benchmarks.md").read_text()
