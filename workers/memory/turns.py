"""Answers about turns: what was said and done in a run, page by page."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

import sqlite3

import msgspec

from mycoderai.schemas.chat import Message
from mycoderai.schemas.execution import ToolResult
from mycoderai.schemas.memory import GetTurns, TurnLine, Turns
from mycoderai.workers.memory.find import Found, find_run, find_step

MOST_TURNS = 200
PAGE_BYTES = 1 << 20
"""A page ends here, so that an answer stays far from the broker's largest message."""


def get_turns(db: sqlite3.Connection, query: GetTurns) -> Turns:
    run = find_run(db, query.run)
    limit = max(1, min(query.limit, MOST_TURNS))
    condition, values = "", list[object]()
    if query.step:
        condition = "AND step = ?"
        values.append(find_step(db, run, query.step))
    rows = db.execute(
        f"SELECT * FROM turns WHERE run = ? AND shard = ? AND seq > ? {condition} ORDER BY seq LIMIT ?",
        (*run, query.after, *values, limit + 1),
    )
    lines: list[TurnLine] = []
    size = 0
    for row in rows:
        if len(lines) == limit or size > PAGE_BYTES:
            return Turns(run=run.run, turns=tuple(lines), more=True)
        results = _results(db, run, row["seq"])
        size += len(row["message"]) + sum(len(result.output) for result in results)
        lines.append(_line(row, results))
    return Turns(run=run.run, turns=tuple(lines))


def _line(row: sqlite3.Row, results: tuple[ToolResult, ...]) -> TurnLine:
    return TurnLine(
        seq=row["seq"],
        step=row["step"],
        attempt=row["attempt"],
        turn=row["turn"],
        at=row["at"],
        message=msgspec.json.decode(row["message"], type=Message),
        results=results,
        commit=row["commit_id"],
        tree=row["tree"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cached_tokens=row["cached_tokens"],
        cost_usd=row["cost_usd"],
        estimated=bool(row["estimated"]),
        duration_s=row["duration_s"],
    )


def _results(db: sqlite3.Connection, run: Found, seq: int) -> tuple[ToolResult, ...]:
    rows = db.execute("SELECT * FROM tool_calls WHERE run = ? AND shard = ? AND seq = ? ORDER BY place", (*run, seq))
    return tuple(
        ToolResult(
            call=row["call"],
            name=row["name"],
            output=row["output"],
            exit_code=row["exit_code"],
            truncated=bool(row["truncated"]),
            repeated=bool(row["repeated"]),
            data=None if row["data"] is None else msgspec.json.decode(row["data"]),
        )
        for row in rows
    )
