"""Rows of items as structs, and the answers about items that need no search."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

import sqlite3
from collections.abc import Iterable

import msgspec

from mycoderai.schemas.notes import GetItem, Item, Items, ListItems, Provenance

MOST_LISTED = 500
PAGE_BYTES = 2 << 20
"""An answer ends here, so that it stays far from the broker's largest message."""
_IN_USE = "(expires_at = '' OR expires_at > ?)"


def item_of(row: sqlite3.Row) -> Item:
    origin = Provenance(source=row["source"], by=row["by"], run=row["run"], step=row["step"], turn=row["turn"])
    return Item(
        scope=row["scope"],
        owner=row["owner"],
        key=row["key"],
        text=row["text"],
        tags=msgspec.json.decode(row["tags"], type=tuple[str, ...]),
        version=row["version"],
        provenance=origin,
        trusted=bool(row["trusted"]),
        quarantined=bool(row["quarantined"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        expires_at=row["expires_at"],
    )


def fitting(items: Iterable[Item], *, more: bool) -> Items:
    """As many of the items as an answer holds."""
    kept: list[Item] = []
    size = 0
    for item in items:
        size += len(item.text.encode())
        if kept and size > PAGE_BYTES:
            return Items(items=tuple(kept), more=True)
        kept.append(item)
    return Items(items=tuple(kept), more=more)


def get_item(db: sqlite3.Connection, query: GetItem, now: str) -> Items:
    place = query.place
    rows = db.execute(
        f"SELECT * FROM items WHERE scope = ? AND owner = ? AND key = ? AND quarantined = ? AND {_IN_USE}",
        (place.scope, place.owner, query.key, query.quarantined, now),
    )
    return Items(items=tuple(item_of(row) for row in rows))


def list_items(db: sqlite3.Connection, query: ListItems, now: str) -> Items:
    limit = max(1, min(query.limit, MOST_LISTED))
    conditions, values = ["quarantined = ?", _IN_USE], [query.quarantined, now]
    bound: list[object] = list(values)
    if query.places:
        conditions.append(f"(scope, owner) IN (VALUES {', '.join(['(?, ?)'] * len(query.places))})")
        bound += [part for place in query.places for part in (place.scope, place.owner)]
    if query.prefix:
        conditions.append("substr(key, 1, ?) = ?")
        bound += [len(query.prefix), query.prefix]
    if query.tag:
        conditions.append("EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)")
        bound.append(query.tag)
    rows = db.execute(
        f"SELECT * FROM items WHERE {' AND '.join(conditions)} ORDER BY scope, owner, key LIMIT ? OFFSET ?",
        (*bound, limit + 1, max(0, query.offset)),
    ).fetchall()
    return fitting((item_of(row) for row in rows[:limit]), more=len(rows) > limit)
