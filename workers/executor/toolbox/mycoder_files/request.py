"""What a request may hold, and how it is refused."""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Request = dict[str, Any]

_PAIR = re.compile(r"\s*\[?\s*(-?\d+)\s*[,:-]\s*(-?\d+)\s*\]?\s*")


class Refused(Exception):
    """Why the request was not done, and what to do next."""


def text(request: Request, name: str) -> str:
    """A text argument; one that was not given is empty. Raises Refused for anything else than text."""
    value = request.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(f"`{name}` must be text, not {json.dumps(value)[:80]}.")
    return value


def integer(request: Request, name: str, default: int | None = None) -> int:
    """A whole number, written as one or as text."""
    value = request.get(name, default)
    if value is None:
        raise Refused(f"`{name}` is missing.")
    try:
        if isinstance(value, (int, float, str)) and not isinstance(value, bool) and int(value) == float(value):
            return int(value)
    except (ValueError, OverflowError):
        pass
    raise Refused(f"`{name}` must be a whole number, not {json.dumps(value)[:80]}.")


def line_range(request: Request, name: str) -> tuple[int, int] | None:
    """Two line numbers, as a list or as text such as "[3, 9]"."""
    value = request.get(name)
    if value in (None, "", []):
        return None
    if isinstance(value, str) and (pair := _PAIR.fullmatch(value)):
        return int(pair[1]), int(pair[2])
    if isinstance(value, list) and len(value) == 2:
        return integer({name: value[0]}, name), integer({name: value[1]}, name)
    raise Refused(f"`{name}` must be two line numbers, such as [1, 50], not {json.dumps(value)[:80]}.")
