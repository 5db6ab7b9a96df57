"""What a run taught its project: what failed, what was changed, how it ended. Derived from the rows of the run, so
that it is there again, word for word, when memory is built again."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.notes import LESSON
from mycoderai.workers.memory.values import as_json, cut

MOST_TESTS = 20
MOST_FILES = 30
TASK_CHARS = 600
SUMMARY_CHARS = 2_000
REASON_CHARS = 400
MOST_FAILURES = 10
TELLING = frozenset(
    {
        FailureCode.BEYOND_MODEL,
        FailureCode.NO_TESTS,
        FailureCode.NOT_IMPORTABLE,
        FailureCode.OUT_OF_TIME,
        FailureCode.TURN_LIMIT,
        FailureCode.BUDGET,
        FailureCode.GATE_REFUSED,
        FailureCode.REVIEW_REJECTED,
        FailureCode.STUCK,
        FailureCode.BAD_PLAN,
        FailureCode.MERGE_CONFLICT,
        FailureCode.DENIED,
        FailureCode.CONTEXT_OVERFLOW,
    }
)
"""Failures that say something about the work. That a provider was away teaches a project nothing."""
_PATCHED = re.compile(r"^(?:\*\*\* (?:Update|Add|Delete) File: |\+\+\+ b/)(\S.*?)\s*$", re.MULTILINE)
_EDITS = ("create", "str_replace", "insert")
_LESSON = """INSERT OR IGNORE INTO items (scope, owner, key, quarantined, text, tags, version, trusted,
    source, by, run, step, turn, created_at, updated_at, expires_at)
    SELECT 'project', project, ?, 0, ?, ?, ?, 0, 'lesson', '', run, '', 0, finished_at, finished_at, '' FROM runs
    WHERE run = ? AND shard = ? AND (project, ?) NOT IN (SELECT project, key FROM unlearned)"""


class Story(NamedTuple):
    """What the rows tell of a run."""

    task: str
    status: str
    code: str
    """Why it failed; empty when it did not."""
    message: str
    summary: str
    fixed: Sequence[str]
    """Tests that failed at first and pass now."""
    broken: Sequence[str]
    """Tests that were not green when they were last run."""
    failures: Sequence[str]
    """Of attempts on the way, with their step."""
    files: Sequence[str]

    @property
    def teaches(self) -> bool:
        """Something about the work failed. That a task went well from the start is worth no words."""
        return self.status != "cancelled" and bool(self.code in TELLING or self.fixed or self.failures)


def learn(db: sqlite3.Connection, run: str, shard: int, seq: int) -> None:
    """To be called when the run has ended."""
    ended = db.execute(
        "SELECT task, status, failure_code, failure_message, summary FROM runs "
        # A replay tells what its run has told already.
        "WHERE run = ? AND shard = ? AND project <> '' AND coalesce(json_extract(submission, '$.replay'), '') = ''",
        (run, shard),
    ).fetchone()
    if ended is None:
        return
    story = _story(db, (run, shard), *ended)
    if not story.teaches:
        return
    key = LESSON + run
    tags = ["lesson", story.status]
    db.execute(_LESSON, (key, cut(told(story)), as_json(tags), seq, run, shard, key))


def told(story: Story) -> str:
    lines = [f"Task: {' '.join(story.task.split())[:TASK_CHARS]}", _ending(story)]
    lines += _list("Failed at first and passes now", story.fixed)
    lines += _list("Still failing at the end", story.broken if story.status == "failed" else ())
    lines += _list("Failed on the way", story.failures)
    lines += _list("Files changed", story.files)
    lines += [f"What was done: {story.summary.strip()[:SUMMARY_CHARS]}"] if story.summary.strip() else []
    return "\n".join(lines)


def _ending(story: Story) -> str:
    why = f" ({story.code}: {story.message[:REASON_CHARS]})" if story.code else ""
    return f"Ended: {story.status}{why}"


def _list(title: str, items: Sequence[str]) -> list[str]:
    return [f"{title}: {', '.join(items)}"] if items else []


def _story(
    db: sqlite3.Connection, run: tuple[str, int], task: str, status: str, code: str, message: str, summary: str
) -> Story:
    return Story(
        task=task,
        status=status,
        code=code,
        message=message,
        summary=summary,
        fixed=_fixed(db, run),
        broken=_broken(db, run),
        failures=_failures(db, run),
        files=_files(db, run),
    )


def _fixed(db: sqlite3.Connection, run: tuple[str, int]) -> list[str]:
    found: dict[str, None] = {}
    for (whole,) in db.execute("SELECT whole FROM evidence WHERE run = ? AND shard = ? ORDER BY seq", run):
        found |= dict.fromkeys(msgspec.json.decode(whole).get("fixed", ()))
    return list(found)[:MOST_TESTS]


def _broken(db: sqlite3.Connection, run: tuple[str, int]) -> list[str]:
    row = db.execute(
        "SELECT data FROM tool_calls WHERE run = ? AND shard = ? AND name = 'run_tests' AND data IS NOT NULL "
        "ORDER BY seq DESC, place DESC LIMIT 1",
        run,
    ).fetchone()
    data = msgspec.json.decode(row[0]) if row else {}
    not_green = data.get("not_green") if isinstance(data, dict) else None
    named = [test.get("id") for test in not_green if isinstance(test, dict)] if isinstance(not_green, list) else []
    return [test for test in named if isinstance(test, str)][:MOST_TESTS]


def _failures(db: sqlite3.Connection, run: tuple[str, int]) -> list[str]:
    rows = db.execute(
        "SELECT step, failure_code, failure_message FROM attempts WHERE run = ? AND shard = ? "
        "AND outcome = 'failed' ORDER BY ended_at, step, attempt",
        run,
    )
    found = [
        f"{step} ({code}: {' '.join(message.split())[:REASON_CHARS]})"
        for step, code, message in rows
        if code in TELLING
    ]
    return list(dict.fromkeys(found))[:MOST_FAILURES]


def _files(db: sqlite3.Connection, run: tuple[str, int]) -> list[str]:
    rows = db.execute(
        "SELECT name, arguments FROM tool_calls WHERE run = ? AND shard = ? AND exit_code = 0 "
        "AND name IN ('str_replace_editor', 'apply_patch') ORDER BY seq, place",
        run,
    )
    return list(dict.fromkeys(path for name, text in rows for path in changed_files(name, text)))[:MOST_FILES]


def changed_files(tool: str, arguments: str) -> Iterator[str]:
    """The paths a tool call changed, as its arguments name them."""
    try:
        given: Any = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return
    match tool, given:
        case "str_replace_editor", {"command": str(command), "path": str(path)} if command in _EDITS:
            yield path[:200]
        case "apply_patch", {"patch": str(patch)}:
            yield from (path[:200] for path in _PATCHED.findall(patch))
