"""Failing tests are told apart by what they run: as few faults as explain them with the least luck."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mycoderai.workers.executor.toolbox.mycoder_repair.groups import (
    MAX_TESTS,
    Group,
    grouped,
    independent,
    limited,
    merged,
    with_unseen,
)
from mycoderai.workers.executor.toolbox.mycoder_repair.source import Source
from mycoderai.workers.executor.toolbox.mycoder_repair.spectra import Spectra

PLACES = st.frozensets(st.integers(0, 12), min_size=1, max_size=6)
SUITES = st.tuples(st.dictionaries(st.text("abc", min_size=1), PLACES, min_size=1, max_size=7), st.lists(PLACES))


def sets(**places: str) -> dict[str, frozenset[object]]:
    return {test: frozenset(text) for test, text in places.items()}


def test_tests_without_a_line_in_common_are_about_different_faults() -> None:
    assert grouped(sets(a="xy", b="yz", c="pq"), []) == [("a", "b"), ("c",)]


def test_a_helper_many_passing_tests_run_joins_nothing() -> None:
    passing = [frozenset("h")] * 4
    assert grouped(sets(a="hx", b="hy"), passing) == [("a",), ("b",)]


def test_at_a_tie_there_is_one_fault() -> None:
    passing = [frozenset("hxy")]
    assert grouped(sets(a="hx", b="hy"), passing) == [("a", "b")]


def test_a_test_that_several_groups_could_explain_is_in_none() -> None:
    failing = sets(a1="hx", a2="hx", b1="hy", b2="hy", both="hxy")
    assert grouped(failing, [frozenset("h")] * 9) == [("a1", "a2"), ("b1", "b2")]


@given(SUITES)
def test_groups_are_disjoint_never_empty_and_each_has_a_place_in_common(
    suite: tuple[dict[str, frozenset[object]], list[frozenset[object]]],
) -> None:
    failing, passing = suite
    found = grouped(failing, passing)
    members = [test for group in found for test in group]
    assert len(members) == len(set(members))
    assert set(members) <= set(failing)
    assert all(group and frozenset.intersection(*(failing[test] for test in group)) for group in found)


def test_no_more_groups_than_asked_for_the_smallest_together() -> None:
    groups: list[Group] = [("a", "b", "c"), ("d",), ("e", "f"), ("g",)]
    assert merged(groups, 3) == [("a", "b", "c"), ("d", "g"), ("e", "f")]
    assert limited([tuple(str(n) for n in range(MAX_TESTS + 5))]) == [tuple(str(n) for n in range(MAX_TESTS))]


def test_a_test_nobody_saw_run_joins_the_one_it_is_named_like() -> None:
    groups: list[Group] = [("t/test_a.py::test_x[1]",), ("t/test_b.py::test_x",)]
    unseen = ["t/test_a.py::test_x[2]", "t/test_b.py::test_y"]
    assert with_unseen(groups, unseen) == [(groups[0][0], unseen[0]), (groups[1][0], unseen[1])]


def test_tests_that_fail_only_after_others_are_no_group() -> None:
    groups: list[Group] = [("a",), ("b",)]
    assert independent(groups, lambda group: group == ("a",)) == [("a",)]


def test_a_constant_belongs_to_the_lines_that_use_it() -> None:
    text = "RATES = {1: 2}\n\n\ndef f():\n    if RATES:\n        return 1\n\n\ndef g():\n    return RATES\n"
    spectra = Spectra({"m.py": Source("m.py", text.encode())})
    assert spectra.of({("m.py", 5)}) & spectra.of({("m.py", 10)}) == {"RATES"}
    assert spectra.of({("m.py", 6)}) == {("m.py", 6)}
