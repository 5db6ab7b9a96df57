"""Small disks that can be filled, made read-only, and are gone afterwards."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

CHUNK = 64 << 10
LARGEST = 1 << 30


@cache
def why_not() -> str:
    """What this host lacks; empty when disks can be mounted. A container's root may not be able to."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 1):
                return ""
        except OSError as err:
            return str(err)


@cache
def why_no_loops() -> str:
    """What this host lacks to mount a file as a disk."""
    try:
        run("losetup", "--find")
    except OSError as err:
        return str(err)
    return why_not()


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[None]:
    """A disk of memory, mounted at the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={mib}m", "none", str(folder))
    try:
        yield
    finally:
        run("umount", "--lazy", str(folder))


def fill(folder: Path, leave: int = 0) -> Path:
    """Leave so many bytes free; the file that takes the rest. Raises ValueError for a disk that others may live on."""
    if shutil.disk_usage(folder).total > LARGEST:
        raise ValueError(f"{folder} is not on a small disk of its own")
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):  # no space left
        while shutil.disk_usage(folder).free > leave:
            file.write(bytes(CHUNK))
        if not leave:
            while file.write(bytes(1)):
                pass
    return ballast


def make_read_only(folder: Path) -> bool:
    """Whether it is; a disk on which somebody has a file open to write stays as it was."""
    with suppress(OSError):
        run("mount", "-o", "remount,ro", str(folder))
        return True
    return False


def make_writable(folder: Path) -> None:
    run("mount", "-o", "remount,rw", str(folder))


def run(*command: str) -> None:
    """Raises OSError, FileNotFoundError where there is no such command."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    if done.returncode:
        why, _, _ = done.stderr.strip().partition("\n")
        raise OSError(f"{' '.join(command)}: {why}")
