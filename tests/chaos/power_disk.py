"""A disk whose power can be cut: an ext4 file system in an image file, and copies of that file.

What programs wrote without asking for it to be on disk is in the mounted file system's page cache; the image file
holds only what reached the block layer. So a copy of the image is what a disk would hold had the power failed there.
Writes that were begun are there whole and in order: torn and reordered writes are not simulated.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

IMAGE_BYTES = 384 << 20
MEMORY = Path("/dev/shm")
AT_REST_WITHIN_S = 5.0


class NotAtRest(Exception):
    """Something went on writing to the disk, so no copy of it is the state of one moment."""


def why_not() -> str:
    """What this host lacks; empty when the rig can run."""
    if os.geteuid() != 0:
        return "only root may mount images"
    if not shutil.which("mkfs.ext4"):
        return "mkfs.ext4 is missing (apt-get install e2fsprogs)"
    if not Path("/dev/loop-control").exists():
        return "this kernel has no loop devices"
    return ""


@contextlib.contextmanager
def workshop() -> Iterator[Path]:
    """A folder for images and mounts; whatever is mounted below it at the end is taken off."""
    folder = Path(tempfile.mkdtemp(prefix="mycoder-power-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield folder
    finally:
        for mounted in _mounts_below(folder):
            _run("umount", "--lazy", mounted)
        shutil.rmtree(folder, ignore_errors=True)


class Disk:
    """An image that is mounted. A context manager; leaving it takes the file system off."""

    def __init__(self, image: Path) -> None:
        self.image = image
        self.folder = image.with_suffix(".mounted")
        self._device = ""

    @classmethod
    def make(cls, image: Path) -> "Disk":
        with image.open("wb") as file:
            file.truncate(IMAGE_BYTES)
        _run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", str(image))
        return cls(image)

    def __enter__(self) -> "Disk":
        self.folder.mkdir(exist_ok=True)
        _run("mount", "-o", "loop", str(self.image), str(self.folder))
        source = _run("findmnt", "--noheadings", "--output", "SOURCE", str(self.folder))
        self._device = Path(source.strip()).name
        return self

    def __exit__(self, *_: object) -> None:
        try:
            _run("umount", str(self.folder))
        except OSError:
            # A process that is being killed still holds a file; the loop device goes with the last one.
            _run("umount", "--lazy", str(self.folder))

    def cut(self, image: Path) -> None:
        """Leave at `image` what the disk holds at one moment. Raises NotAtRest when writes do not pause."""
        deadline = time.monotonic() + AT_REST_WITHIN_S
        while time.monotonic() < deadline:
            before = self._writes()
            _run("cp", "--sparse=auto", str(self.image), str(image))
            if before == self._writes() and not self._in_flight():
                return
        raise NotAtRest

    def _writes(self) -> int:
        return int((Path("/sys/block") / self._device / "stat").read_text().split()[4])

    def _in_flight(self) -> int:
        return sum(map(int, (Path("/sys/block") / self._device / "inflight").read_text().split()))


def _mounts_below(folder: Path) -> list[str]:
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return [mounted for mounted in mounts if mounted.startswith(f"{folder}/")]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
