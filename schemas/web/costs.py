"""What models cost, and how much is left, over HTTP."""

from typing import Literal

import msgspec

from mycoderai.schemas.memory import CostLine, Spent


class CostsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    by: Literal["model", "run", "step", "day", "role"] = "model"
    run: str = ""
    """Empty: every run. Then `step` counts the steps of one name together."""
    since: str = ""
    """RFC 3339 in UTC, or the beginning of one such as `2026-01-31`."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What may be spent and what was, in US dollars."""

    spent_usd: float = 0.0
    """What the limit sees: with what calls may have cost that were cut off."""
    reserved_usd: float = 0.0
    """By calls that have not ended, at most."""
    limit_usd: float | None = None
    """None: there is no limit."""
    projected_usd: float | None = None
    """If it goes on like this: of a run, by the share of its steps that are done; of a day, by the hour. None where
    nothing can be said."""


class CostReport(msgspec.Struct, frozen=True, kw_only=True):
    """The lines with the most money first. Of the tokens that were read, `cached_tokens` were not paid in full."""

    by: str
    lines: tuple[CostLine, ...]
    total: Spent
    run: Budget | None = None
    """Where one run was asked about."""
    day: Budget
    """Of the whole fleet, today (UTC)."""
    fresh: bool = True
