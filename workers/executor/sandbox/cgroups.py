"""Find the cgroup in which boxes get a group of their own, so that the kernel keeps their memory limit."""

import contextlib
import os
import subprocess
from pathlib import Path

from mycoderai.workers.executor.sandbox.launcher.cgroup import PREFIX, Group

TRIAL_BYTES = 64 << 20


def memory_parent(proc: Path = Path("/proc/self")) -> Path | None:
    """A directory where a memory-limited group can be made, proven by making and joining one; None for a soft limit."""
    for parent in _candidates(proc):
        if os.access(parent, os.W_OK):
            _sweep(parent)
            if _works(parent):
                return parent
    return None


def _candidates(proc: Path) -> list[Path]:
    """Our own memory group in version 1; in version 2 also the one above, because there a group with processes in it
    cannot have limited children. Where both versions are mounted, the first has the controller.
    """
    paths = _own_paths(proc / "cgroup")
    first: list[Path] = []
    second: list[Path] = []
    for line in (proc / "mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        root, mount_point = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind == "cgroup" and "memory" in options.split(",") and "memory" in paths:
            first.append(_below(mount_point, root, paths["memory"]))
        if kind == "cgroup2" and "" in paths:
            own = _below(mount_point, root, paths[""])
            second += [own] if own == Path(mount_point) else [own, own.parent]
    return first + second


def _below(mount_point: str, root: str, path: str) -> Path:
    """`root` is the part of the hierarchy that the mount shows; a container sees only its own."""
    return Path(mount_point) / path.removeprefix(root.rstrip("/")).lstrip("/")


def _works(parent: Path) -> bool:
    """False for version 2 without the memory controller, for a read-only mount, and where joining is not allowed."""
    try:
        group = Group(str(parent), f"{PREFIX}{os.getpid()}-trial", TRIAL_BYTES)
    except OSError:
        return False
    try:
        join = ["/bin/sh", "-c", 'echo 0 > "$1"', "sh", f"{group.path}/cgroup.procs"]
        return subprocess.run(join, capture_output=True).returncode == 0
    finally:
        group.remove()


def _own_paths(file: Path) -> dict[str, str]:
    """Controller -> path of this process; version 2 is under the empty name."""
    paths: dict[str, str] = {}
    for line in file.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        paths.update(dict.fromkeys(controllers.split(","), path))
    return paths


def _sweep(parent: Path) -> None:
    """Remove what a launcher that was killed itself left behind. A group whose makers live is theirs: it may be empty
    only because nothing has joined it yet."""
    for group in parent.glob(f"{PREFIX}*"):
        if any(Path("/proc", pid).exists() for pid in group.name.removeprefix(PREFIX).split("-") if pid.isdecimal()):
            continue
        with contextlib.suppress(OSError):  # somebody else was faster, or it is in use after all
            group.rmdir()
