"""Finding items by their words, the closest places weighing most."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

import re
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from mycoderai.schemas.notes import SCOPES, Item, Items, Place, SearchItems
from mycoderai.workers.memory.item_rows import fitting, item_of
from mycoderai.workers.memory.terms import expression

MOST_FOUND = 100
NAMED_WORDS = 8
WEIGHTS = dict(zip(SCOPES, (2.0, 1.7, 1.4, 1.2, 1.0), strict=True))
"""Of equal matches the closest is best, but a good match far away beats a poor one nearby."""
_CLOSENESS = " ".join(f"WHEN '{scope}' THEN {weight}" for scope, weight in WEIGHTS.items())
# A word counts most in the key, then in a tag.
_SCORE = f"-bm25(words, 4.0, 1.0, 2.0) * CASE scope {_CLOSENESS} END"
_BEGIN, _END = "\x02", "\x03"
_MARKED = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")


class Hit(NamedTuple):
    id: int
    score: float


def search(db: sqlite3.Connection, query: SearchItems, now: str) -> Items:
    limit = max(1, min(query.limit, MOST_FOUND))
    found = matching(db, query.text, query.places, now, limit + 1, query.tag)
    return fitting(found[:limit], more=len(found) > limit)


def matching(
    db: sqlite3.Connection, text: str, places: Sequence[Place], now: str, limit: int, tag: str = ""
) -> list[Item]:
    words = expression(text)
    if not words:
        return []
    return [_explained(db, hit, words) for hit in _hits(db, words, places, now, limit, tag)]


def _hits(db: sqlite3.Connection, words: str, places: Sequence[Place], now: str, limit: int, tag: str) -> list[Hit]:
    conditions = ["(expires_at = '' OR expires_at > ?)"]
    if places:
        conditions.insert(0, f"(scope, owner) IN (VALUES {', '.join(['(?, ?)'] * len(places))})")
    values: list[object] = [part for place in places for part in (place.scope, place.owner)]
    if tag:
        conditions.append("EXISTS (SELECT 1 FROM json_each(items.tags) WHERE value = ?)")
    rows = db.execute(
        f"""SELECT items.id, {_SCORE} AS score FROM words JOIN items ON items.id = words.rowid
        WHERE words MATCH ? AND {" AND ".join(conditions)} ORDER BY score DESC, items.key LIMIT ?""",
        (words, *values, now, *([tag] if tag else []), limit),
    )
    return [Hit(*row) for row in rows]


def _explained(db: sqlite3.Connection, hit: Hit, words: str) -> Item:
    row = db.execute("SELECT * FROM items WHERE id = ?", (hit.id,)).fetchone()
    item = item_of(row)
    named = _matched(db, hit.id, words)
    why = f"{item.scope}: has {', '.join(named)}"
    return msgspec.structs.replace(item, score=round(hit.score, 6), why=why)


def _matched(db: sqlite3.Connection, id_: int, words: str) -> list[str]:
    """The words of the item that matched, as they stand there."""
    columns = ", ".join(f"highlight(words, {column}, '{_BEGIN}', '{_END}')" for column in range(3))
    row = db.execute(f"SELECT {columns} FROM words WHERE words MATCH ? AND rowid = ?", (words, id_)).fetchone()
    marked = (word for text in row for word in _MARKED.findall(text))
    return list(dict.fromkeys(" ".join(word.split()).lower()[:60] for word in marked))[:NAMED_WORDS]
