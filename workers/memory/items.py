"""A batch of changes carried out on the rows, in the transaction of its message."""

import sqlite3

import msgspec

from mycoderai.broker.log import Raw
from mycoderai.schemas.notes import LESSON, Approve, Change, Changed, Forget, ItemsWritten, Put, Written, decode
from mycoderai.workers.memory.rules import NOTHING, Slot, Standing, is_trusted, judge, quarantines, slot_of
from mycoderai.workers.memory.values import as_json, later, name, sortable

_SLOT = "scope = ? AND owner = ? AND key = ? AND quarantined = ?"
KNOWN = "SELECT outcome FROM writes WHERE writer = ? AND id = ?"
REMEMBER = "INSERT INTO writes VALUES (?, ?, ?, ?)"
EXPIRE = "DELETE FROM items WHERE expires_at <> '' AND expires_at <= ?"
STANDING = f"SELECT version, trusted, created_at FROM items WHERE {_SLOT}"  # noqa: S608 - our own words
REMOVE = f"DELETE FROM items WHERE {_SLOT}"  # noqa: S608 - our own words
INSERT = """INSERT OR IGNORE INTO items (scope, owner, key, quarantined, text, tags, version, trusted,
    source, by, run, step, turn, created_at, updated_at, expires_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
RELEASE = """INSERT INTO items (scope, owner, key, quarantined, text, tags, version, trusted,
    source, by, run, step, turn, created_at, updated_at, expires_at)
    SELECT scope, owner, key, 0, text, tags, ?, 1, source, by, run, step, turn, created_at, ?, expires_at
    FROM items WHERE scope = ? AND owner = ? AND key = ? AND quarantined = 1"""
UNLEARN = "INSERT OR IGNORE INTO unlearned VALUES (?, ?)"


def apply_write(db: sqlite3.Connection, raw: Raw) -> None:
    """Raises MalformedMessage for what is no batch. One that was carried out before changes nothing."""
    written = decode(raw.data, raw.subject)
    if outcome_of(db, written.writer, written.write.id):
        return
    at = sortable(raw.time)
    db.execute(EXPIRE, (at,))
    outcome = _carry_out(db, written, raw.seq, at)
    db.execute(REMEMBER, (written.writer, written.write.id, raw.seq, as_json(outcome)))


def outcome_of(db: sqlite3.Connection, writer: str, id_: str) -> Written | None:
    row = db.execute(KNOWN, (writer, id_)).fetchone()
    return msgspec.json.decode(row[0], type=Written) if row else None


def _carry_out(db: sqlite3.Connection, written: ItemsWritten, seq: int, at: str) -> Written:
    # Lessons come from other streams: whether one is there already must not decide anything.
    changes = (change for change in written.write.changes if not change.key.startswith(LESSON))
    slots = {slot_of(written, change) for change in changes}
    standing = {slot: there for slot in slots if (there := _standing(db, written, slot))}
    if refused := judge(written, standing):
        return Written(seq=seq, refused=refused)
    return Written(
        seq=seq, changed=tuple(_change(db, written, change, standing, seq, at) for change in written.write.changes)
    )


def _standing(db: sqlite3.Connection, written: ItemsWritten, slot: Slot) -> Standing | None:
    row = db.execute(STANDING, (*_place(written), *slot)).fetchone()
    return Standing(*row) if row else None


def _change(
    db: sqlite3.Connection, written: ItemsWritten, change: Change, standing: dict[Slot, Standing], seq: int, at: str
) -> Changed:
    match change:
        case Put():
            return _put(db, written, change, standing, seq, at)
        case Forget():
            return _forget(db, written, change, standing)
        case Approve():
            return _approve(db, written, change, seq, at)


def _put(
    db: sqlite3.Connection, written: ItemsWritten, put: Put, standing: dict[Slot, Standing], seq: int, at: str
) -> Changed:
    slot = slot_of(written, put)
    created_at = standing.get(slot, NOTHING).created_at or at
    origin = written.write.provenance
    source = (origin.source, name(origin.by), name(origin.run), name(origin.step), origin.turn)
    expires_at = later(at, put.ttl_s) if put.ttl_s else ""
    content = (put.text, as_json(put.tags), seq, is_trusted(written))
    if slot in standing:
        db.execute(REMOVE, (*_place(written), *slot))
    db.execute(INSERT, (*_place(written), *slot, *content, *source, created_at, at, expires_at))
    return Changed(key=put.key, outcome="quarantined" if quarantines(written) else "stored", version=seq)


def _forget(db: sqlite3.Connection, written: ItemsWritten, forget: Forget, standing: dict[Slot, Standing]) -> Changed:
    slot = slot_of(written, forget)
    db.execute(REMOVE, (*_place(written), *slot))
    if forget.key.startswith(LESSON) and written.write.place.scope == "project":
        # It may be derived later, when memory is built again: the outcome is the same either way.
        db.execute(UNLEARN, (written.write.place.owner, forget.key))
        return Changed(key=forget.key, outcome="forgotten")
    return Changed(key=forget.key, outcome="forgotten" if slot in standing else "absent")


def _approve(db: sqlite3.Connection, written: ItemsWritten, approve: Approve, seq: int, at: str) -> Changed:
    place = _place(written)
    db.execute(REMOVE, (*place, approve.key, False))
    db.execute(RELEASE, (seq, at, *place, approve.key))
    db.execute(REMOVE, (*place, approve.key, True))
    return Changed(key=approve.key, outcome="approved", version=seq)


def _place(written: ItemsWritten) -> tuple[str, str]:
    return written.write.place.scope, written.write.place.owner
