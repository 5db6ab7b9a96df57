"""Conflict markers become the texts a file could be, and the tests choose."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mycoderai.workers.executor.toolbox.mycoder_repair.conflicts import MOST, parse, texts
from mycoderai.workers.executor.toolbox.mycoder_repair.resolve import resolve

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=6)
NEIGHBOURS = (
    "first = 1\n<<<<<<< HEAD\nlimit = 500\nfrom_cm = 12\n=======\nlimit = 50\nfrom_cm = 120\n>>>>>>> fix-2\nlast = 1\n"
)


def merged(ours: list[str], theirs: list[str], base: list[str] | None = None) -> str:
    middle = ["||||||| base\n", *base] if base is not None else []
    return "".join(["<<<<<<< ours\n", *ours, *middle, "=======\n", *theirs, ">>>>>>> theirs\n"])


def test_neighbouring_lines_changed_on_either_side_can_both_be_kept() -> None:
    found = list(texts(parse(NEIGHBOURS)))
    assert found[0].startswith("first = 1\n")
    assert found[0].endswith("last = 1\n")
    assert "first = 1\nlimit = 500\nfrom_cm = 120\nlast = 1\n" in found[: len(found) // 2]


@given(LINES, LINES, st.none() | LINES)
def test_each_side_whole_is_among_the_texts_and_no_marker_is(
    ours: list[str], theirs: list[str], base: list[str] | None
) -> None:
    found = list(texts(parse(merged(ours, theirs, base))))
    assert {"".join(ours), "".join(theirs)} <= set(found)
    assert len(found) <= MOST
    assert not any("<<<<" in text or "====" in text or ">>>>" in text or "||||" in text for text in found)


def test_markers_that_make_no_conflict_are_text_like_any_other() -> None:
    for text in ("", "x = 1\n", "<<<<<<< HEAD\nx\n", "=======\n>>>>>>> b\n", "<<<<<<< a\nx\n>>>>>>> b\n"):
        assert parse(text) == [text]


def test_the_tests_decide_between_the_sides(tmp_path: Path) -> None:
    (tmp_path / "parcel.py").write_text(NEIGHBOURS)
    (tmp_path / "notes.txt").write_text(merged(["one\n"], ["two\n"]))
    test = "import parcel\n\ndef test_both():\n    assert (parcel.limit, parcel.from_cm) == (500, 120)\n"
    (tmp_path / "test_parcel.py").write_text(test)
    answer = resolve(tmp_path, 60)
    assert answer == {"status": "resolved", "files": ["notes.txt", "parcel.py"], "red": 0}
    assert (tmp_path / "parcel.py").read_text() == "first = 1\nlimit = 500\nfrom_cm = 120\nlast = 1\n"
    assert "<<<<" not in (tmp_path / "notes.txt").read_text()
    assert resolve(tmp_path, 60)["status"] == "no_conflicts"


def test_a_file_no_choice_makes_parse_is_left_as_it_is(tmp_path: Path) -> None:
    text = merged(["def f(:\n"], ["def g(:\n"])
    (tmp_path / "m.py").write_text(text)
    assert resolve(tmp_path, 60)["status"] == "unresolved"
    assert (tmp_path / "m.py").read_text() == text
