"""The SQLite file: made, opened, checked, put aside. There are no migrations: what an older version wrote, or what
is damaged, is put aside and built again from the log."""

import os
import sqlite3
from pathlib import Path

import structlog

from mycoderai.schemas.errors import ConfigError, MycoderError

SCHEMA_VERSION = 4
"""Raise it with every change of schema.sql, and with every change of what rows an event leads to, such as a new kind
of event: the files there are will then be built again."""
BUSY_S = 10.0
"""How long a file that another process holds is waited for, before it is said and tried again."""
CACHE_KIB = 1024
"""Of pages, per connection: the operating system caches the file anyway."""
_SCHEMA = Path(__file__).parent / "queries" / "schema.sql"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
log = structlog.get_logger()


class FileDamaged(MycoderError):
    """The file cannot be trusted any more."""


class FileOutdated(MycoderError):
    """An older version wrote the file."""


def is_usable(path: Path) -> bool:
    """Whether a sound file of this version stands at the path; what is no such file is put aside. Raises ConfigError
    for a file of a newer version, or one that cannot be opened."""
    if not path.exists():
        return False
    try:
        _check(path)
    except FileDamaged as err:
        put_aside(path, "corrupt", err.message)
        return False
    except FileOutdated as err:
        put_aside(path, "stale", err.message)
        return False
    return True


def prepare(path: Path) -> None:
    """Leave a sound file of this version at the path, an empty one where there is none."""
    if not is_usable(path):
        _check(path)


def put_aside(path: Path, why: str, reason: str) -> Path:
    """Rename the file and what belongs to it. The last rename is the file's own: should the process die between
    them, an older state of it is left, which is as good."""
    number = 1
    while (aside := path.with_name(f"{path.name}.{why}-{number}")).exists():
        number += 1
    for suffix in ("-shm", "-wal", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(aside.with_name(aside.name + suffix))
    log.warning("memory.put_aside", file=path.name, kept_as=aside.name, reason=reason)
    return aside


def writer(path: Path) -> sqlite3.Connection:
    """Durable when a commit returns."""
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA journal_size_limit = 16777216")
        db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    except BaseException:
        db.close()
        raise
    return db


def reader(path: Path) -> sqlite3.Connection:
    """Sees what is committed and holds up nobody."""
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA query_only = ON")
    db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return db


def file_id(path: Path) -> tuple[int, int]:
    """Which file stands at the path; nought when none does."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_dev, found.st_ino


def create(db: sqlite3.Connection) -> None:
    db.executescript(f"BEGIN; {_SCHEMA.read_text()} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")


def translate(err: sqlite3.Error) -> MycoderError | None:
    """FileDamaged when the file is; None when it is not the file's fault."""
    if (getattr(err, "sqlite_errorcode", 0) & 0xFF) in _DAMAGED:
        return FileDamaged(f"the memory file is damaged: {err}")
    return None


def _check(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        os.chmod(path, 0o600)
        db = writer(path)
    except sqlite3.Error as err:
        raise translate(err) or _unusable(path, err) from err
    except OSError as err:
        raise _unusable(path, err) from err
    try:
        _check_content(db, path)
    except sqlite3.Error as err:
        raise translate(err) or _unusable(path, err) from err
    finally:
        db.close()


def _check_content(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise ConfigError(
            f"{path} was written by a newer version (schema {version}; this one knows {SCHEMA_VERSION})",
            f"install that version again, or remove {path}: it is built again from the log",
        )
    if (problem := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise FileDamaged(f"the memory file is damaged: {problem}")
    if version == SCHEMA_VERSION:
        return
    if version or db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise FileOutdated(f"the memory file has schema {version}; this version writes {SCHEMA_VERSION}")
    create(db)


def _unusable(path: Path, err: Exception) -> ConfigError:
    return ConfigError(f"cannot use {path}: {err}", "check the folder's owner, its permissions and the free space")
