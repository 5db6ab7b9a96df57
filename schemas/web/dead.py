"""Dead letters over HTTP."""

from typing import Literal

import msgspec


class DeadQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pool: str = ""
    run: str = ""
    reason: str = ""
    """Letters whose reason holds this text."""
    after: int = 0
    limit: int = 100


class DeadLine(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    at: str
    pool: str
    run: str
    step: str
    reason: str
    attempts: int
    subject: str
    size: int


class DeadPage(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first."""

    letters: tuple[DeadLine, ...]
    more: bool = False
    pools: dict[str, int] = {}


class DeadDetail(msgspec.Struct, frozen=True, kw_only=True):
    letter: DeadLine
    payload: str
    """As text; what is no UTF-8 is replaced."""
    cut: bool = False
    action: Literal["retry", "resubmit", "new_run", "none"]
    """What a replay would do now."""
    why: str = ""
    """And why, or why nothing."""


class DeadWork(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    letters: tuple[int, ...]
    """At most 500."""
    dry_run: bool = False


class DeadDone(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    outcome: Literal["done", "would", "skipped", "failed"]
    what: str = ""
    run: str = ""


class DeadResult(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    results: tuple[DeadDone, ...]
