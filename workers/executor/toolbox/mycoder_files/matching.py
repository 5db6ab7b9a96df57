"""Where lines stand in a file: exactly, or but for whitespace. Pure; it never chooses between two places."""

from __future__ import annotations


class Shift:
    """How much further in the file's lines begin than the ones looked for; the same for all of them."""

    def __init__(self, add: str = "", remove: str = "") -> None:
        self.add = add
        self.remove = remove

    def apply(self, line: str) -> str | None:
        """A line moved in or out alike; None when it begins too far left to be moved out."""
        if not line.strip():
            return line
        if not line.startswith(self.remove):
            return None
        return self.add + line[len(self.remove) :]

    def apply_all(self, lines: list[str]) -> list[str] | None:
        moved = [self.apply(line) for line in lines]
        return None if None in moved else [line for line in moved if line is not None]


class Place:
    """Where lines stand: start is the index of the first one."""

    def __init__(self, start: int, shift: Shift) -> None:
        self.start = start
        self.shift = shift


def places(
    texts: list[str], wanted: list[str], *, trailing: bool = False, shifted: bool = False, first: int = 0
) -> list[Place]:
    """Every place from line `first` on where the wanted lines stand one after the other.

    trailing: whitespace at the end of a line does not count; shifted: all of them may begin further in or out.
    """
    if not wanted:
        return []
    keys = [_key(text, trailing, shifted) for text in texts]
    wanted_keys = [_key(text, trailing, shifted) for text in wanted]
    found = []
    for start in range(first, len(texts) - len(wanted) + 1):
        if keys[start] != wanted_keys[0] or keys[start : start + len(wanted)] != wanted_keys:
            continue
        shift = _shift(texts[start : start + len(wanted)], wanted) if shifted else Shift()
        if shift is not None:
            found.append(Place(start, shift))
    return found


def _key(text: str, trailing: bool, shifted: bool) -> str:
    text = text.rstrip() if trailing else text
    return text.lstrip() if shifted else text


def _shift(texts: list[str], wanted: list[str]) -> Shift | None:
    """The one shift between all lines that are not blank, or None."""
    pairs = [(_indent(text), _indent(line)) for text, line in zip(texts, wanted) if line.strip()]
    if not pairs:
        return Shift()
    there, here = pairs[0]
    if there.endswith(here):
        shift = Shift(add=there[: len(there) - len(here)])
    elif here.endswith(there):
        shift = Shift(remove=here[: len(here) - len(there)])
    else:
        return None
    if all(here.startswith(shift.remove) and shift.add + here[len(shift.remove) :] == there for there, here in pairs):
        return shift
    return None


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]
