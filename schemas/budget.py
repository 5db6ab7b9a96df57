"""An account of money as the stream `BUDGET` keeps it. Amounts are whole billionths of a dollar."""

import msgspec

NANO = 10**9


class Reservation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    amount: int
    ticket: str
    """Names the one request to the provider that it is for."""
    step: str = ""


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything a decision needs, and no history: it stays small."""

    spent: int = 0
    cut_off: int = 0
    """The part of `spent` that went to calls that ended without saying what they cost."""
    steps: dict[str, int] = {}
    """What each step has spent."""
    open: dict[str, Reservation] = {}
    """By call."""
