"""A question's answer, from one consistent state of the file."""

import sqlite3

from mycoderai.schemas.memory import (
    AnyAnswer,
    Costs,
    GetRun,
    GetTurns,
    Inbox,
    ListRuns,
    Query,
    ResolveRun,
    RunIds,
    Stats,
)
from mycoderai.workers.memory.costs import costs, stats
from mycoderai.workers.memory.find import matching
from mycoderai.workers.memory.people import inbox
from mycoderai.workers.memory.runs import get_run, list_runs
from mycoderai.workers.memory.turns import get_turns


def answer(db: sqlite3.Connection, query: Query) -> AnyAnswer:
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
