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
