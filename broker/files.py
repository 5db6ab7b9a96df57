"""Files that must be there after a loss of power: without these calls one that was just made may come back empty."""

import os
from pathlib import Path
from typing import IO, Any


def sync(file: IO[Any]) -> None:
    """Return when what was written to the file is on disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when the names in the folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_private(path: Path, text: str) -> None:
    """A new file that only its owner may read, whole and on the disk; one that is there already stays as it is.

    Several processes may try at once: they agree on one text.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        sync(file)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    sync_folder(path.parent)
