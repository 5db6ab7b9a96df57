"""Edits are exact to the byte and come out as unique replacements."""

from __future__ import annotations

from mycoderai.workers.executor.toolbox.mycoder_repair.edit import Splice, apply, essence, overlaps, replacements


def replay(before: bytes, after: bytes) -> str:
    text = before.decode()
    for replacement in replacements("a.py", before, after, "kind"):
        assert text.count(replacement.old) == 1
        text = text.replace(replacement.old, replacement.new)
    return text


def test_splices_apply_from_the_back() -> None:
    assert apply(b"abcdef", [Splice(0, 1, b"XY"), Splice(4, 6, b"")]) == b"XYbcd"


def test_old_text_grows_until_it_is_unique() -> None:
    before = b"if a:\n    x = 1\nif b:\n    x = 1\n"
    after = b"if a:\n    x = 1\nif b:\n    x = 2\n"
    assert replay(before, after) == after.decode()


def test_two_places_become_two_replacements() -> None:
    before = "".join(f"line {n} é\n" for n in range(30)).encode()
    after = before.replace(b"line 3 ", b"LINE 3 ").replace(b"line 20 ", b"")
    assert len(replacements("a.py", before, after, "kind")) == 2
    assert replay(before, after) == after.decode()


def test_insertions_and_deletions_survive_without_final_newline() -> None:
    for before, after in (
        (b"a\nb", b"a\nnew\nb"),
        (b"a\na\na\n", b"a\na\n"),
        (b"x\n", b"y\nx\n"),
        (b"a\r\nb\r\n", b"a\r\nc\r\n"),
    ):
        assert replay(before, after) == after.decode()


def test_neighbouring_edits_overlap() -> None:
    assert overlaps([Splice(1, 3, b"")], [Splice(2, 4, b"")])
    assert not overlaps([Splice(1, 3, b"")], [Splice(9, 12, b"")])


def test_the_essence_is_the_same_for_every_way_to_make_a_text() -> None:
    source = b"x = f(a, a)\ny\ny\nz\n"
    edits = [[Splice(12, 12, b"y\n")], [Splice(14, 14, b"y\n")], [Splice(12, 16, b"y\ny\ny\n")]]
    assert len({apply(source, edit) for edit in edits}) == len({essence(source, edit) for edit in edits}) == 1
    swapped = [Splice(6, 7, b"b"), Splice(9, 10, b"c")]
    assert essence(source, swapped) == essence(source, [Splice(4, 11, b"f(b, c)")]) == (6, 10, b"b, c")
