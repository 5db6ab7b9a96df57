"""Answers about what the model calls used, and about memory itself."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

import sqlite3

from mycoderai.schemas.memory import CostLine, Costs, CostTable, MemoryStats, Stats
from mycoderai.workers.memory.find import find_run
from mycoderai.workers.memory.rows import SPENT, spent

MOST_LINES = 1_000
_ROLE = "SELECT role FROM steps WHERE run = calls.run AND shard = calls.shard AND step = calls.step"
_KEYS = {
    "model": "model",
    "run": "run",
    "step": "step",
    "day": "substr(at, 1, 10)",
    "role": f"coalesce(({_ROLE}), '')",
}
TABLES = (
    "runs",
    "steps",
    "attempts",
    "turns",
    "tool_calls",
    "evidence",
    "calls",
    "steered",
    "asks",
    "questions",
    "dead",
)


def costs(db: sqlite3.Connection, query: Costs) -> CostTable:
    conditions, values = ["at >= ?"], [query.since.encode(errors="replace").decode()]
    bound: list[object] = list(values)
    if query.run:
        conditions.append("run = ? AND shard = ?")
        bound += find_run(db, query.run)
    calls = f"FROM calls WHERE {' AND '.join(conditions)}"
    key = _KEYS[query.by]
    # The words are our own; the values are bound.
    lines = db.execute(
        f"SELECT {key} AS key, {SPENT} {calls} GROUP BY 1 ORDER BY known_usd DESC, calls DESC, 1 LIMIT {MOST_LINES}",
        bound,
    ).fetchall()
    total = db.execute(f"SELECT {SPENT} {calls}", bound).fetchone()
    return CostTable(lines=tuple(CostLine(key=row["key"], spent=spent(row)) for row in lines), total=spent(total))


def stats(db: sqlite3.Connection, query: Stats) -> MemoryStats:
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = db.execute("PRAGMA page_size").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (unpublished,) = db.execute("SELECT count(*) FROM dead WHERE published = 0").fetchone()
    return MemoryStats(
        runs=dict(tuple(row) for row in db.execute("SELECT status, count(*) FROM runs GROUP BY status")),
        positions=dict(tuple(row) for row in db.execute("SELECT stream, seq FROM position ORDER BY stream")),
        rows={table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES},
        dead_unpublished=unpublished,
        file_bytes=pages * page_bytes,
        schema_version=version,
    )
