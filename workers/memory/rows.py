"""Rows as the structs of an answer."""

import sqlite3
from typing import Any

import msgspec

from mycoderai.schemas.execution import TestCounts
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.memory import AttemptLine, RunLine, Spent, Steered, StepLine
from mycoderai.schemas.plan import StepSpec

# Money: a call without a known price makes the sum unknown, and the part that is known is still told.
SPENT = """count(*) AS calls, coalesce(sum(input_tokens), 0) AS input_tokens,
    coalesce(sum(output_tokens), 0) AS output_tokens, coalesce(sum(cached_tokens), 0) AS cached_tokens,
    total(cost_usd) AS known_usd, count(*) - count(cost_usd) AS unpriced"""
NOTHING = Spent()
_TESTS = TestCounts.__struct_fields__


def run_line(row: sqlite3.Row, spent: Spent, turns: int, steps: int, steps_done: int) -> RunLine:
    return RunLine(
        run=row["run"],
        shard=row["shard"],
        task=row["task"],
        model=row["model"],
        role=row["role"],
        status=row["status"],
        held=row["held"],
        submitted_at=row["submitted_at"],
        submitted_by=row["submitted_by"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        failure=failure(row),
        branch=row["branch"],
        commit=row["commit_id"],
        tree=row["tree"],
        base_commit=row["base_commit"],
        summary=row["summary"],
        turns=turns if row["turns"] is None else row["turns"],
        spent=spent,
        test_command=row["test_command"],
        exit_code=row["exit_code"],
        tests=None if row["total"] is None else TestCounts(**{name: row[name] for name in _TESTS}),
        steps=steps,
        steps_done=steps_done,
    )


def step_line(row: sqlite3.Row, **more: Any) -> StepLine:
    spec = msgspec.json.decode(row["spec"], type=StepSpec)
    return StepLine(
        step=row["step"],
        role=row["role"],
        goal=row["goal"],
        state=row["state"],
        needs=_texts(row["needs"]),
        writes=spec.writes,
        accept=spec.accept,
        revision=row["revision"],
        round=row["round"],
        attempt=row["attempt"],
        worker=row["worker"],
        ended_at=row["ended_at"],
        summary=row["summary"],
        failure=failure(row),
        commit=row["commit_id"],
        tree=row["tree"],
        evidence=row["evidence"],
        **more,
    )


def attempt_line(row: sqlite3.Row) -> AttemptLine:
    return AttemptLine(
        attempt=row["attempt"],
        round=row["round"],
        worker=row["worker"],
        outcome=row["outcome"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        session=row["session"],
        isolation=row["isolation"],
        test_command=row["test_command"],
        base_commit=row["base_commit"],
        notes=_texts(row["notes"]),
        applied=_texts(row["applied"]),
    )


def steered(row: sqlite3.Row) -> Steered:
    return Steered(**{name: row[name] for name in Steered.__struct_fields__})


def spent(row: sqlite3.Row) -> Spent:
    return Spent(
        calls=row["calls"],
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        cached_tokens=row["cached_tokens"],
        cost_usd=None if row["unpriced"] else row["known_usd"],
        known_usd=row["known_usd"],
        unpriced=row["unpriced"],
    )


def failure(row: sqlite3.Row) -> Failure | None:
    if not row["failure_code"]:
        return None
    return Failure(
        code=FailureCode(row["failure_code"]),
        message=row["failure_message"],
        fix=row["failure_fix"],
        retryable=bool(row["retryable"]),
    )


def _texts(json: str) -> tuple[str, ...]:
    return msgspec.json.decode(json, type=tuple[str, ...])
