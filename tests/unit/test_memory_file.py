"""The file: private, checked, and put aside rather than repaired."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mycoderai.schemas.errors import ConfigError, TransientError
from mycoderai.workers.memory import file
from mycoderai.workers.memory.file import SCHEMA_VERSION, prepare
from mycoderai.workers.memory.owner import only_owner
from mycoderai.workers.memory.store import apply_batch, open_store
from tests.unit.memory_logs import batch, solved_run, stored


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {version}")


def test_a_change_of_the_schema_comes_with_a_new_version() -> None:
    """Whoever changes schema.sql raises SCHEMA_VERSION and writes the new pair here."""
    text = (Path(file.__file__).parent / "queries" / "schema.sql").read_bytes()
    assert (SCHEMA_VERSION, hashlib.sha256(text).hexdigest()[:16]) == (4, "e672f663ff2f6c4b")


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    prepare(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert version_of(path) == SCHEMA_VERSION


async def test_what_sqlite_puts_beside_the_file_is_private_too(tmp_path: Path) -> None:
    prepare(tmp_path / "memory.sqlite")
    store = await open_store(tmp_path / "memory.sqlite")
    try:
        await store.apply(batch(stored(solved_run())))
        parts = sorted(path.name for path in tmp_path.iterdir())
        assert parts == ["memory.sqlite", "memory.sqlite-shm", "memory.sqlite-wal"]
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    finally:
        await store.close()


def test_a_file_of_a_newer_version_is_left_alone_and_refused(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    prepare(path)
    set_version(path, SCHEMA_VERSION + 1)
    with pytest.raises(ConfigError, match="written by a newer version") as caught:
        prepare(path)
    assert "built again from the log" in caught.value.fix
    assert version_of(path) == SCHEMA_VERSION + 1


def test_a_file_of_an_older_version_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    prepare(path)
    set_version(path, 0)
    prepare(path)
    assert version_of(path) == SCHEMA_VERSION
    assert version_of(tmp_path / "memory.sqlite.stale-1") == 0


@pytest.mark.parametrize("damage", [b"this is no database, but it is longer than a header" * 99, b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_put_aside(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "memory.sqlite"
    for number in (1, 2):
        path.write_bytes(damage)
        prepare(path)
        assert version_of(path) == SCHEMA_VERSION
        assert (tmp_path / f"memory.sqlite.corrupt-{number}").read_bytes() == damage


def test_a_damaged_page_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    prepare(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        apply_batch(db, batch(stored(solved_run(turns=50))))
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xa5" * 3 * 4096)
    prepare(path)
    assert (tmp_path / "memory.sqlite.corrupt-1").exists()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "memory.sqlite").mkdir()
    with pytest.raises(ConfigError, match=r"cannot use .*memory.sqlite"):
        prepare(tmp_path / "memory.sqlite")


async def test_a_full_disk_loses_nothing_and_may_be_tried_again(tmp_path: Path) -> None:
    prepare(tmp_path / "memory.sqlite")
    store = await open_store(tmp_path / "memory.sqlite")
    try:
        raws = stored(solved_run(turns=1000))
        await store._writing.execute("PRAGMA max_page_count = 60")
        with pytest.raises(TransientError, match="full"):
            await store.apply(batch(raws))
        assert (await store.position("EVENTS")).seq == 0
        await store._writing.execute("PRAGMA max_page_count = 10000")
        assert await store.apply(batch(raws)) == 0
        assert (await store.position("EVENTS")).seq == len(raws)
    finally:
        await store.close()


def test_one_process_at_a_time_owns_the_file(tmp_path: Path) -> None:
    with only_owner(tmp_path), pytest.raises(ConfigError, match="another memory worker owns"), only_owner(tmp_path):
        pass
    with only_owner(tmp_path):
        pass
