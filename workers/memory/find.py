"""A run from what a person typed: its id, or enough of the beginning of it."""

import sqlite3
from typing import NamedTuple

from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure, FailureCode

SHOWN = 20
_AFTER_ANY = "\U0010ffff"


class Found(NamedTuple):
    run: str
    shard: int


def find_run(db: sqlite3.Connection, typed: str) -> Found:
    """Raises RefusedError when no run begins so, or several."""
    found = matching(db, typed)
    exact = [run for run in found if run.run == clean(typed)]
    match exact or found:
        case [one]:
            return one
        case []:
            raise _refusal(FailureCode.UNKNOWN_RUN, f"There is no run {typed[:80]!r}.", "mycoder ls")
        case several:
            ids = ", ".join(run.run for run in several[:5]) + (", …" if len(several) > 5 else "")
            raise _refusal(
                FailureCode.AMBIGUOUS_RUN,
                f"Several runs begin with {typed[:80]!r}: {ids}.",
                "type more of the id; `mycoder ls` shows them",
            )


def matching(db: sqlite3.Connection, typed: str) -> list[Found]:
    """The runs that begin so, oldest id first; empty for an empty beginning."""
    prefix = clean(typed)
    if not prefix:
        return []
    query = "SELECT run, shard FROM runs WHERE run >= ? AND run < ? ORDER BY run, shard LIMIT ?"
    return [Found(*row) for row in db.execute(query, (prefix, prefix + _AFTER_ANY, SHOWN))]


def find_step(db: sqlite3.Connection, run: Found, typed: str) -> str:
    """Raises RefusedError. Steps are few and named by people or planners, so a refusal can list them."""
    query = "SELECT step FROM steps WHERE run = ? AND shard = ? ORDER BY seq, place"
    steps: list[str] = [step for (step,) in db.execute(query, run)]
    prefix = clean(typed)
    matches = [step for step in steps if step == prefix] or [step for step in steps if step.startswith(prefix)]
    if len(matches) == 1:
        return matches[0]
    names = ", ".join(steps[:SHOWN]) or "none yet"
    said = f"Several steps begin with {typed[:80]!r}." if matches else f"The run has no step {typed[:80]!r}."
    raise _refusal(FailureCode.UNKNOWN_RUN, said, f"its steps: {names}")


def clean(typed: str) -> str:
    """What is looked for."""
    return typed.strip().lower().encode(errors="replace").decode()[:100]


def _refusal(code: FailureCode, message: str, fix: str) -> RefusedError:
    return RefusedError(Failure(code=code, message=message, fix=fix))
