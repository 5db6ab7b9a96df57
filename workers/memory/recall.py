"""What a step should know: what is kept for every step, then what matches its words, within a budget."""

import sqlite3
from collections.abc import Iterable

import msgspec

from mycoderai.schemas.notes import ALWAYS, Item, Items, ListItems, Place, Recall, places_of
from mycoderai.workers.memory.item_rows import list_items
from mycoderai.workers.memory.search import MOST_FOUND, matching

LEAST_CHARS = 200
"""A text is not cut to less than this; it is left out."""


def recall(db: sqlite3.Connection, query: Recall, now: str) -> Items:
    places = places_of(query)
    limit = max(1, min(query.limit, MOST_FOUND))
    always = [item for place in places for item in _always(db, place, now)]
    seen = {(item.scope, item.key) for item in always}
    found = matching(db, query.text, places, now, limit + len(seen))
    items = [*always, *(item for item in found if (item.scope, item.key) not in seen)]
    return Items(items=tuple(within(items[:limit], query.budget_chars)), more=len(items) > limit)


def _always(db: sqlite3.Connection, place: Place, now: str) -> list[Item]:
    """Only what a person wrote or approved: what an agent wrote must not get into every prompt by saying so."""
    items = list_items(db, ListItems(places=(place,), tag=ALWAYS, limit=MOST_FOUND), now).items
    why = f"{place.scope}: kept for every step"
    return [msgspec.structs.replace(item, why=why) for item in items if item.trusted]


def within(items: Iterable[Item], budget_chars: int) -> list[Item]:
    """The first items, their texts together no longer than the budget."""
    kept: list[Item] = []
    left = budget_chars
    for item in items:
        if len(item.text) <= left:
            kept.append(item)
            left -= len(item.text)
        elif left >= LEAST_CHARS:
            cut = f"{item.text[: left - 20]}\n… cut …"
            kept.append(msgspec.structs.replace(item, text=cut))
            left -= len(cut)
    return kept
