"""How the value a test got differs from the one it expected, as hints for the search."""

from __future__ import annotations

from collections.abc import Sequence


def relation(left: object, right: object) -> list[str]:
    """Names of the relations that hold; symmetric, since either side may be the expected one."""
    hints = []
    if left is None or right is None:
        hints.append("none")
    if isinstance(left, bool) and isinstance(right, bool):
        return ["bool"]
    if _number(left) and _number(right):
        return [*hints, *_numbers(left, right)]
    if isinstance(left, str) and isinstance(right, str):
        return [*hints, *_strings(left, right)]
    if type(left) is not type(right):
        hints.append("type")
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        hints += _sequences(left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        hints += _sequences(sorted(map(repr, left)), sorted(map(repr, right)))
        for key in left.keys() & right.keys():
            if left[key] != right[key]:
                hints += relation(left[key], right[key])
                break
    return hints


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers(left: object, right: object) -> list[str]:
    assert isinstance(left, (int, float)) and isinstance(right, (int, float))  # noqa: S101, PT018
    hints = ["number"]
    if abs(left - right) == 1:
        hints.append("off_by_one")
    if left == -right:
        hints.append("sign")
    if type(left) is not type(right) or (isinstance(left, float) and abs(left - right) < 1):
        hints.append("rounding")
    return hints


def _strings(left: str, right: str) -> list[str]:
    hints = ["string"]
    if left.strip() == right.strip():
        hints.append("space")
    if left.lower() == right.lower():
        hints.append("case")
    if left[::-1] == right:
        hints.append("reversed")
    if abs(len(left) - len(right)) == 1:
        hints.append("off_by_one")
    return hints


def _sequences(left: Sequence[object], right: Sequence[object]) -> list[str]:
    hints = ["sequence"]
    if abs(len(left) - len(right)) == 1:
        hints.append("off_by_one")
    if len(left) != len(right):
        hints.append("length")
        return hints
    if list(left) == list(right)[::-1]:
        hints.append("reversed")
    if sorted(map(repr, left)) == sorted(map(repr, right)):
        hints.append("order")
        return hints
    for a, b in zip(left, right):
        if a != b:
            hints += relation(a, b)
            break
    return hints
