"""Answers for somebody who looks through memory: which places there are, and where an item was used."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

import sqlite3

from mycoderai.schemas.notes import ListPlaces, ListUses, PlaceLine, Places, Scope, Use, Uses

MOST_USES = 100
MOST_PLACES = 1_000
MOST_TAGS = 200
_IN_USE = "(expires_at = '' OR expires_at > ?)"
_CLOSE: dict[Scope, str] = {
    "task": "attempts.run = ?",
    "agent": "steps.role || '@' || runs.project = ?",
    "project": "runs.project = ?",
    "interaction": "runs.submitted_by = ?",
    "global": "? = ''",
}
"""Of which steps a place is close to, by its owner."""


def list_places(db: sqlite3.Connection, query: ListPlaces, now: str) -> Places:
    places = db.execute(
        f"""SELECT scope, owner, sum(NOT quarantined) AS items, sum(quarantined) AS quarantined FROM items
        WHERE {_IN_USE} GROUP BY scope, owner ORDER BY scope, owner LIMIT {MOST_PLACES}""",
        (now,),
    )
    tags = db.execute(
        f"""SELECT value, count(*) FROM items, json_each(items.tags) WHERE NOT quarantined AND {_IN_USE}
        GROUP BY value ORDER BY count(*) DESC, value LIMIT {MOST_TAGS}""",
        (now,),
    )
    return Places(places=tuple(PlaceLine(**dict(row)) for row in places), tags=dict(tuple(row) for row in tags))


def list_uses(db: sqlite3.Connection, query: ListUses) -> Uses:
    place = query.place
    said = f"memory {query.key}: {place.scope}: "  # as the first prompt of a step says it
    rows = db.execute(
        f"""SELECT attempts.run, attempts.step, attempts.attempt, attempts.started_at AS at FROM attempts
        JOIN runs ON runs.run = attempts.run AND runs.shard = attempts.shard
        LEFT JOIN steps ON steps.run = attempts.run AND steps.shard = attempts.shard AND steps.step = attempts.step
        WHERE {_CLOSE[place.scope]}
        AND EXISTS (SELECT 1 FROM json_each(attempts.applied) WHERE substr(value, 1, ?) = ?)
        ORDER BY attempts.started_at DESC, attempts.run, attempts.step, attempts.attempt LIMIT ?""",
        (place.owner, len(said), said, max(1, min(query.limit, MOST_USES))),
    )
    return Uses(uses=tuple(Use(**dict(row)) for row in rows))
