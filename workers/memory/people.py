"""Answers about people: what they asked, and what waits for them."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

import sqlite3

import msgspec

from mycoderai.schemas.events import Question
from mycoderai.schemas.memory import Ask, Inbox, OpenQuestion, OpenQuestions
from mycoderai.workers.memory.find import Found
from mycoderai.workers.memory.held import PAUSED_BEFORE_A_STEP

MOST_ASKS = 200
MOST_QUESTIONS = 500
SAID_CHARS = 500
TASK_CHARS = 200


def inbox(db: sqlite3.Connection, query: Inbox) -> OpenQuestions:
    limit = max(1, min(query.limit, MOST_QUESTIONS))
    return OpenQuestions(questions=_questions(db, "1", (), limit))


def questions_of(db: sqlite3.Connection, run: Found) -> tuple[OpenQuestion, ...]:
    return _questions(db, "runs.run = ? AND runs.shard = ?", run, MOST_QUESTIONS)


def asks(db: sqlite3.Connection, run: Found) -> tuple[Ask, ...]:
    columns = f"seq, at, what, by, substr(reason, 1, {SAID_CHARS}), step, question, accepted, answer"
    rows = db.execute(f"SELECT {columns} FROM asks WHERE run = ? AND shard = ? ORDER BY seq LIMIT {MOST_ASKS}", run)
    return tuple(_ask(*row) for row in rows)


def _ask(
    seq: int, at: str, what: str, by: str, said: str, step: str, question: str, accepted: int | None, answer: str
) -> Ask:
    judged = None if accepted is None else bool(accepted)
    about = {"step": step, "question": question}
    return Ask(seq=seq, at=at, what=what, by=by, reason=said, accepted=judged, answer=answer, **about)


def _questions(
    db: sqlite3.Connection, condition: str, values: tuple[object, ...], limit: int
) -> tuple[OpenQuestion, ...]:
    asked = _asked_by_runs(db, condition, values, limit)
    paused = _paused_before_a_step(db, condition, values, limit)
    return tuple(sorted((*asked, *paused), key=lambda item: item.since)[:limit])


def _asked_by_runs(
    db: sqlite3.Connection, condition: str, values: tuple[object, ...], limit: int
) -> list[OpenQuestion]:
    rows = db.execute(
        f"""SELECT questions.run, step, whole, at, substr(task, 1, {TASK_CHARS})
        FROM questions JOIN runs USING (run, shard) WHERE open AND {condition} ORDER BY at, questions.seq LIMIT ?""",
        (*values, limit),
    )
    return [
        OpenQuestion(run=run, step=step, question=msgspec.json.decode(whole, type=Question), since=at, task=task)
        for run, step, whole, at, task in rows
    ]


def _paused_before_a_step(
    db: sqlite3.Connection, condition: str, values: tuple[object, ...], limit: int
) -> list[OpenQuestion]:
    rows = db.execute(f"{PAUSED_BEFORE_A_STEP} AND {condition} LIMIT ?", (*values, limit))
    return [
        OpenQuestion(run=run, question=_pause(seq, by, reason), since=at, task=task[:TASK_CHARS])
        for run, seq, by, reason, at, task in rows
    ]


def _pause(seq: int, by: str, reason: str) -> Question:
    said = f": {reason[:SAID_CHARS]}" if reason else ""
    return Question(id=f"pause-{seq}", kind="paused", text=f"Paused by {by or 'somebody'}{said}")
