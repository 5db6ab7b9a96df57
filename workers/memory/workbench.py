"""A small SQLite in memory where rows kept elsewhere are worked on.

Backends that only keep rows bring those a batch or a question is about here, let the same statements run on them that
run on a file, and take away what has changed. So there is one set of rules, whatever keeps the rows.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from mycoderai.workers.memory.file import create

KEYS: Mapping[str, tuple[str, ...]] = {
    "position": ("stream",),
    "runs": ("run", "shard"),
    "steps": ("run", "shard", "step"),
    "attempts": ("run", "shard", "step", "attempt"),
    "turns": ("run", "shard", "seq"),
    "tool_calls": ("run", "shard", "seq", "place"),
    "evidence": ("run", "shard", "seq", "id"),
    "calls": ("run", "shard", "seq"),
    "steered": ("run", "shard", "seq"),
    "asks": ("run", "shard", "seq"),
    "questions": ("run", "shard", "seq"),
    "items": ("scope", "owner", "key", "quarantined"),
    "writes": ("writer", "id"),
    "unlearned": ("key", "project"),
    "dead": ("stream", "seq"),
}
"""What tells the rows of a table apart, wherever they are kept."""
Values = Sequence[Any]
Result = TypeVar("Result")
_MOST_KEYS = max(len(keys) for keys in KEYS.values())
_K = [f"k{number}" for number in range(_MOST_KEYS)]
# No NULLs: they would all differ from each other.
_CHANGED = f"CREATE TEMP TABLE changed (name, {' DEFAULT 0, '.join(_K)} DEFAULT 0, UNIQUE (name, {', '.join(_K)}))"
_SCRATCH = """CREATE VIRTUAL TABLE temp.scratch USING fts5 (word, tokenize = 'porter unicode61 remove_diacritics 2');
    CREATE VIRTUAL TABLE temp.spoken USING fts5vocab ('temp', 'scratch', 'instance');
    CREATE VIRTUAL TABLE temp.said USING fts5vocab ('main', 'words', 'instance');"""


class Key(NamedTuple):
    table: str
    values: tuple[Any, ...]


class Row(NamedTuple):
    table: str
    values: Values
    """In the order of `columns`."""


class Workbench:
    """One piece of work at a time, whichever thread it is done in.

    Work that nobody waits for any more is still at the bench. A connection that is closed under it crashes the process.
    """

    def __init__(self) -> None:
        self._in_use = threading.Lock()
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        create(self._db)
        self.columns = {table: self._columns(table) for table in KEYS}
        self._db.executescript("".join(_watching(table) for table in KEYS))
        self._db.execute(_CHANGED)
        self._db.executescript(_SCRATCH)
        self._db.row_factory = sqlite3.Row

    def with_rows(self, rows: Iterable[Row], work: Callable[[sqlite3.Connection], Result]) -> Result:
        """What the work makes of the rows. Afterwards the workbench is empty again."""
        with self._in_use, self._undone():
            for table, values in rows:
                columns = self.columns[table]
                holders = ", ".join("?" * len(columns))
                self._db.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(columns)}) VALUES ({holders})", values)  # noqa: S608
            self._db.execute("DELETE FROM changed")
            return work(self._db)

    def changes(self) -> Iterator[tuple[Key, Values | None]]:
        """While working: the rows that were added or changed as they are now; None for one that is gone."""
        for name, *key in self._db.execute("SELECT * FROM changed ORDER BY rowid").fetchall():
            found = Key(name, tuple(key[: len(KEYS[name])]))
            yield found, self.row(found)

    def key_of(self, row: Row) -> Key:
        columns = self.columns[row.table]
        return Key(row.table, tuple(row.values[columns.index(column)] for column in KEYS[row.table]))

    def row(self, key: Key) -> Values | None:
        where = " AND ".join(f"{column} = ?" for column in KEYS[key.table])
        query = f"SELECT {', '.join(self.columns[key.table])} FROM {key.table} WHERE {where}"  # noqa: S608
        row = self._db.execute(query, key.values).fetchone()
        return None if row is None else tuple(row)

    def words(self) -> dict[Key, set[str]]:
        """While working: the words of each item in use, as the index has them."""
        ids = {
            row["id"]: Key("items", (row["scope"], row["owner"], row["key"], 0))
            for row in self._db.execute("SELECT id, scope, owner, key FROM items WHERE NOT quarantined")
        }
        found: dict[Key, set[str]] = {key: set() for key in ids.values()}
        if ids:
            for term, doc in self._db.execute("SELECT DISTINCT term, doc FROM said"):
                found[ids[doc]].add(term)
        return found

    def spoken(self, text: str) -> list[str]:
        """The words of a text as the index has them, in their order."""
        with self._in_use, self._undone():
            self._db.execute("INSERT INTO scratch VALUES (?)", (text,))
            return [term for (term,) in self._db.execute('SELECT term FROM spoken ORDER BY "offset"')]

    def close(self) -> None:
        """Waits for the work that is being done."""
        with self._in_use:
            self._db.close()

    @contextmanager
    def _undone(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            if self._db.in_transaction:  # SQLite has rolled back by itself after some errors
                self._db.execute("ROLLBACK")

    def _columns(self, table: str) -> tuple[str, ...]:
        names = (name for (name,) in self._db.execute("SELECT name FROM pragma_table_info(?)", (table,)))
        return tuple(name for name in names if (table, name) != ("items", "id"))


def _watching(table: str) -> str:
    """Triggers that note the keys of rows that change."""
    keys = KEYS[table]
    names = ", ".join(_K[: len(keys)])

    def trigger(event: str, side: str) -> str:
        noted = ", ".join(f"{side}.{column}" for column in keys)
        # No OR IGNORE: the statement that sets the trigger off decides what is done about conflicts.
        return f"""CREATE TEMP TRIGGER {table}_{event} AFTER {event} ON main.{table} BEGIN
            INSERT INTO changed (name, {names}) SELECT '{table}', {noted} WHERE NOT EXISTS
            (SELECT 1 FROM changed WHERE (name, {names}) = ('{table}', {noted})); END;"""  # noqa: S608

    return trigger("INSERT", "new") + trigger("UPDATE", "new") + trigger("DELETE", "old")
