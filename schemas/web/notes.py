"""Memory's items over HTTP."""

from typing import Annotated

import msgspec

from mycoderai.schemas.notes import Item, Scope

LAST_OFFSET = 1 << 53
"""Nobody keeps so many."""


class ItemsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With a text: the best matches first, of items in use. Without: by place and key."""

    text: str = ""
    """Words or "phrases in quotes"; `begin*` matches words that begin so."""
    scope: Scope | None = None
    """None: everywhere."""
    owner: str = ""
    prefix: str = ""
    """Of the key; only without a text."""
    tag: str = ""
    quarantined: bool = False
    """Those that wait for approval; only without a text."""
    offset: Annotated[int, msgspec.Meta(ge=0, le=LAST_OFFSET)] = 0
    limit: int = 50
    """At most 500; of matches 100."""


class OneItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    scope: Scope
    owner: str = ""
    key: str
    quarantined: bool = False


class ItemUse(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt whose prompt the item was in."""

    run: str
    step: str
    attempt: int
    at: str


class ItemDetail(msgspec.Struct, frozen=True, kw_only=True):
    item: Item
    waiting: Item | None = None
    """One with the same key that waits for approval, which would take its place."""
    uses: tuple[ItemUse, ...] = ()
    """The last twenty, as far as keys tell: newest first."""


class KeepItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Write an item, in the place of the one there is. Where that came from stays with it."""

    id: str
    """Sent again, it is answered again and done once."""
    scope: Scope
    owner: str = ""
    key: str
    text: str
    tags: tuple[str, ...] = ()
    expected_version: int | None = None
    """The version that was edited; 0: only if there is none. Another one is answered with 409 and the item as it is."""
    ttl_s: float = 0.0
    """It is forgotten so long after this; 0: never."""


class ForgetItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    scope: Scope
    owner: str = ""
    key: str
    expected_version: int | None = None
    quarantined: bool = False
    """The item that waits for approval, not the one in use."""


class ApproveItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Put an item that waits for approval into use."""

    id: str
    scope: Scope = "global"
    owner: str = ""
    key: str
    expected_version: int | None = None
    """Of the item that waits: approve what was looked at."""


class ItemChanged(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    outcome: str
    """`stored`, `approved`, `forgotten`, or `absent`: there was nothing to forget."""
    item: Item | None = None
    """As it is now."""


class ItemConflict(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a 409: somebody else was faster."""

    error: dict[str, str]
    item: Item | None = None
    """As it is now; None: there is none."""
