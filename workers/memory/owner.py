"""Who may use a memory file: one process at a time, which also notes whether it closed the file."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mycoderai.schemas.errors import ConfigError

_OPEN, _CLOSED = b"open  ", b"closed"


class Owner:
    """Holds the lock. Between `opened` and `closed` SQLite keeps a write-ahead log beside the file."""

    def __init__(self, lock: int) -> None:
        self._lock = lock

    def opened(self) -> None:
        os.pwrite(self._lock, _OPEN, 0)

    def closed(self) -> None:
        os.pwrite(self._lock, _CLOSED, 0)

    def lost_its_log(self, path: Path) -> bool:
        """Whether somebody removed the write-ahead log of a file that was not closed. What is left may be a mixture
        of pages that no check of SQLite finds."""
        was_open = os.pread(self._lock, len(_OPEN), 0) == _OPEN
        return was_open and path.exists() and not path.with_name(path.name + "-wal").exists()


@contextmanager
def only_owner(data: Path) -> Iterator[Owner]:
    """One process at a time owns the file; the operating system lets go when the process ends, however it ends.
    Raises ConfigError."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(data / "memory.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as err:
        os.close(lock)
        raise ConfigError(
            f"another memory worker owns {data / 'memory.sqlite'}",
            "every memory worker has a file of its own: give this one its own MYCODER_DATA_DIR, and name the folder "
            "of the credentials in MYCODER_CREDENTIALS_DIR",
        ) from err
    try:
        yield Owner(lock)
    finally:
        os.close(lock)
