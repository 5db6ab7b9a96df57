"""The repository under repair: which files may be edited, and private copies to try edits in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

SKIPPED_FOLDERS = {"__pycache__", "node_modules", "venv", "env", "build", "dist", "site-packages", "htmlcov"}
TEST_FOLDERS = {"test", "tests", "testing", "conftest"}
CONFIG_FILES = {"conftest.py", "setup.py", "noxfile.py", "tasks.py"}
LINK_OVER_BYTES = 1_000_000
MAX_SOURCE_BYTES = 400_000


def files(root: Path) -> Iterator[str]:
    """Relative paths of everything that could matter to the tests, sorted."""
    for folder, names, filenames in os.walk(root):
        names[:] = sorted(n for n in names if n not in SKIPPED_FOLDERS and not n.startswith("."))
        for filename in sorted(filenames):
            if not filename.endswith((".pyc", ".pyo")):
                yield os.path.relpath(os.path.join(folder, filename), root)


def is_test(path: str) -> bool:
    *folders, name = Path(path).parts
    if name in ("tests.py", "test.py") or name in CONFIG_FILES:
        return True
    return name.startswith("test_") or name.endswith("_test.py") or not TEST_FOLDERS.isdisjoint(folders)


def editable(root: Path, test_files: set[str], test_paths: list[str], examples: Sequence[str] = ()) -> list[str]:
    """Python sources that are neither tests nor configuration; `examples` are sources whose docstrings are tests."""
    closed = [os.path.normpath(p) for p in test_paths if os.path.normpath(p) not in (".", "src")]
    closed = [p for p in closed if not any(_below(path, p) and not is_test(path) for path in examples)]
    return [
        path
        for path in files(root)
        if path.endswith(".py")
        and not is_test(path)
        and path not in test_files
        and not any(_below(path, p) for p in closed)
        and 0 < (root / path).stat().st_size <= MAX_SOURCE_BYTES
    ]


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def copy(root: Path, target: Path) -> None:
    """Large files are linked, not copied; version control and caches are left behind."""
    for path in files(root):
        source, destination = root / path, target / path
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink() or source.stat().st_size > LINK_OVER_BYTES:
            os.symlink(source.resolve(), destination)
        else:
            shutil.copy(source, destination)
    for name in (".coveragerc", ".env"):
        if (root / name).is_file():
            shutil.copy(root / name, target / name)
