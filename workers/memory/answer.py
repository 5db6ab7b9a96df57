"""A question's answer, from one consistent state of the file."""

import sqlite3

from mycoderai.schemas.memory import (
    Answer,
    Costs,
    GetRun,
    GetTurns,
    Inbox,
    ListRuns,
    ResolveRun,
    RunIds,
    Stats,
)
from mycoderai.schemas.notes import AnyQuery, GetItem, ListItems, ListPlaces, ListUses, Recall, SearchItems
from mycoderai.workers.memory.browse import list_places, list_uses
from mycoderai.workers.memory.costs import costs, stats
from mycoderai.workers.memory.find import matching
from mycoderai.workers.memory.item_rows import get_item, list_items
from mycoderai.workers.memory.people import inbox
from mycoderai.workers.memory.recall import recall
from mycoderai.workers.memory.runs import get_run, list_runs
from mycoderai.workers.memory.search import search
from mycoderai.workers.memory.turns import get_turns
from mycoderai.workers.memory.values import now


def answer(db: sqlite3.Connection, query: AnyQuery) -> Answer:
    """Raises RefusedError with what a person can do about it."""
    match query:
        case ListRuns():
            return list_runs(db, query)
        case GetRun():
            return get_run(db, query)
        case GetTurns():
            return get_turns(db, query)
        case Costs():
            return costs(db, query)
        case ResolveRun(prefix=prefix):
            return RunIds(runs=tuple(dict.fromkeys(found.run for found in matching(db, prefix))))
        case Inbox():
            return inbox(db, query)
        case Stats():
            return stats(db, query)
        case SearchItems():
            return search(db, query, now())
        case ListItems():
            return list_items(db, query, now())
        case GetItem():
            return get_item(db, query, now())
        case Recall():
            return recall(db, query, now())
        case ListPlaces():
            return list_places(db, query, now())
        case ListUses():
            return list_uses(db, query)
