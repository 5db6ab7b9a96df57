"""Dead letters over HTTP."""

from typing import Literal

import msgspec

from mycoderai.schemas.web.runs import Sequence

DeadAction = Literal["retry", "wake", "submit", "again", "none"]
DeadOutcome = Literal["done", "would", "skipped", "gone"]


class DeadQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pool: str = ""
    run: str = ""
    """The beginning of an id."""
    reason: str = ""
    """Letters whose reason holds this text."""
    after: Sequence = 0
    """Number of the last letter of the page before."""
    limit: int = 100
    """At most 500."""


class DeadLine(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    """Its number; what it is named by."""
    at: str
    pool: str
    run: str
    step: str
    reason: str
    attempts: int
    """How often the message was delivered."""
    subject: str
    size: int


class DeadPage(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first."""

    letters: tuple[DeadLine, ...]
    more: bool = False
    total: int = 0
    """How many the filters match, on all pages."""
    pools: dict[str, int] = {}
    """How many each pool has, whatever the filters."""


class DeadDetail(msgspec.Struct, frozen=True, kw_only=True):
    letter: DeadLine
    payload: str
    """As text; what is no UTF-8 is replaced."""
    cut: bool = False
    """Only the beginning of the payload was kept, or is shown."""
    action: DeadAction
    """What a replay would do now. `retry`: the failed step gets another round. `wake`: the run is looked at once more.
    `submit`: the submission is looked at once more. `again`: a new run goes on where this one failed."""
    why: str = ""
    """The same in words, or why nothing can be done."""
    new_run: str = ""
    """With `again`: the id the new run would have."""


class DeadWork(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Letters to replay or to drop. Asked for twice, it is done once: a letter goes when its work is stored."""

    id: str
    letters: tuple[int, ...]
    """At most 500."""
    dry_run: bool = False


class DeadDone(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    outcome: DeadOutcome
    """`skipped`: nothing can be done, and the letter stays. `gone`: there is no such letter any more."""
    action: DeadAction | Literal["drop"] = "none"
    what: str = ""
    """In words."""
    run: str = ""
    """The run that is affected; with `again` the new one."""


class DeadResult(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    results: tuple[DeadDone, ...]
