"""Answers about runs: the list, and one in full."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

import sqlite3
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from mycoderai.schemas.execution import ArtifactRef, Evidence
from mycoderai.schemas.memory import (
    AttemptLine,
    GetRun,
    ListRuns,
    Proof,
    RunDetail,
    RunLine,
    Runs,
    Spent,
    Steered,
    StepLine,
    Submission,
)
from mycoderai.schemas.subjects import stream_of
from mycoderai.workers.memory.batch import position_of
from mycoderai.workers.memory.filters import Group, counted, filters
from mycoderai.workers.memory.find import Found, find_run
from mycoderai.workers.memory.held import HELD
from mycoderai.workers.memory.people import asks, questions_of
from mycoderai.workers.memory.rows import NOTHING, SPENT, attempt_line, run_line, spent, steered, step_line

MOST_RUNS = 500
LISTED_CHARS = 500
MOST_STEPS = 1_000
MOST_TOOLS = 200
MOST_STEERED = 500
OF_RUN = "run = ? AND shard = ?"
Whole = TypeVar("Whole")


def list_runs(db: sqlite3.Connection, query: ListRuns, ended: Sequence[Group] | None = None) -> Runs:
    """ended: see `counted`."""
    limit = max(1, min(query.limit, MOST_RUNS))
    wanted = filters(query)
    conditions, values = [wanted.condition], [*wanted.values]
    if query.before:
        before = find_run(db, query.before)
        conditions.append(f"(submitted_at, run, shard) < (SELECT submitted_at, run, shard FROM runs WHERE {OF_RUN})")
        values += before
    rows = db.execute(
        f"""SELECT runs.*, {HELD} AS held FROM runs WHERE {" AND ".join(conditions)}
        ORDER BY submitted_at DESC, run DESC, shard DESC LIMIT ?""",
        (*values, limit + 1),
    ).fetchall()
    lines = tuple(_shortened(_line(db, row)) for row in rows[:limit])
    total, facets = counted(db, query, ended) if query.facets else (0, {})
    return Runs(runs=lines, more=len(rows) > limit, total=total, facets=facets)


def get_run(db: sqlite3.Connection, query: GetRun) -> RunDetail:
    found = find_run(db, query.run)
    row = db.execute(f"SELECT runs.*, {HELD} AS held FROM runs WHERE {OF_RUN}", found).fetchone()
    return RunDetail(
        applied=position_of(db, stream_of(query.shard)).seq,
        run=_line(db, row),
        submission=msgspec.json.decode(row["submission"], type=Submission),
        bundle=_whole(row["bundle"], ArtifactRef),
        evidence=_whole(row["evidence"], Evidence),
        proofs=_proofs(db, found),
        steps=_steps(db, found),
        asks=asks(db, found),
        questions=questions_of(db, found),
        revision=row["revision"],
    )


def _line(db: sqlite3.Connection, row: sqlite3.Row) -> RunLine:
    run = (row["run"], row["shard"])
    used = db.execute(f"SELECT {SPENT} FROM calls WHERE {OF_RUN}", run).fetchone()
    (turns,) = db.execute(f"SELECT count(*) FROM turns WHERE {OF_RUN}", run).fetchone()
    planned = f"SELECT count(*), count(iif(state = 'done', 1, NULL)) FROM steps WHERE {OF_RUN} AND state <> 'dropped'"
    steps, done = db.execute(planned, run).fetchone()
    return run_line(row, spent(used), turns, steps, done)


def _shortened(line: RunLine) -> RunLine:
    reason = line.failure and msgspec.structs.replace(
        line.failure, message=line.failure.message[:LISTED_CHARS], fix=line.failure.fix[:LISTED_CHARS]
    )
    return msgspec.structs.replace(
        line,
        task=line.task[:LISTED_CHARS],
        summary=line.summary[:LISTED_CHARS],
        test_command=line.test_command[:LISTED_CHARS],
        failure=reason,
    )


def _steps(db: sqlite3.Connection, run: Found) -> tuple[StepLine, ...]:
    money: dict[str, Spent] = {
        row["step"]: spent(row)
        for row in db.execute(f"SELECT step, {SPENT} FROM calls WHERE {OF_RUN} GROUP BY step", run)
    }
    turns = {
        step: (count, last)
        for step, count, last in db.execute(
            f"SELECT step, count(*), max(at) FROM turns WHERE {OF_RUN} GROUP BY step",
            run,
        )
    }
    tools: dict[str, dict[str, int]] = {}
    called = f"SELECT step, name, count(*) FROM tool_calls WHERE {OF_RUN} GROUP BY step, name LIMIT {MOST_TOOLS}"
    for step, name, count in db.execute(called, run):
        tools.setdefault(step, {})[name] = count
    attempts: dict[str, list[AttemptLine]] = {}
    for row in db.execute(f"SELECT * FROM attempts WHERE {OF_RUN} ORDER BY attempt", run):
        attempts.setdefault(row["step"], []).append(attempt_line(row))
    courses: dict[str, list[Steered]] = {}
    for row in db.execute(f"SELECT * FROM steered WHERE {OF_RUN} ORDER BY seq LIMIT {MOST_STEERED}", run):
        courses.setdefault(row["step"], []).append(steered(row))
    lines = []
    planned = f"SELECT * FROM steps WHERE {OF_RUN} ORDER BY seq, place LIMIT {MOST_STEPS}"
    for row in db.execute(planned, run):
        count, last = turns.get(row["step"], (0, ""))
        lines.append(
            step_line(
                row,
                turns=count,
                last_turn_at=last,
                tool_calls=tools.get(row["step"], {}),
                spent=money.get(row["step"], NOTHING),
                attempts=tuple(attempts.get(row["step"], ())),
                steered=tuple(courses.get(row["step"], ())),
            )
        )
    return tuple(lines)


def _proofs(db: sqlite3.Connection, run: Found) -> tuple[Proof, ...]:
    rows = db.execute(f"SELECT step, at, whole FROM evidence WHERE {OF_RUN} ORDER BY seq", run)
    return tuple(
        Proof(step=step, at=at, evidence=msgspec.json.decode(whole, type=Evidence)) for step, at, whole in rows
    )


def _whole(json: str | None, kind: type[Whole]) -> Whole | None:
    return None if json is None else msgspec.json.decode(json, type=kind)
