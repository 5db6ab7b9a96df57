"""Find the cgroup in which boxes get their own group: a child of the one this service runs in."""

import os
from pathlib import Path

from mycoderai.workers.executor.sandbox.launcher.cgroup import PREFIX, Group

TRIAL_BYTES = 64 << 20


def memory_parent(proc: Path = Path("/proc/self")) -> Path | None:
    """A directory where a memory-limited group can be made, proven by making one; None for a soft limit."""
    for mount, path in _candidates(proc):
        parent = mount / path.lstrip("/")
        if not os.access(parent, os.W_OK):
            continue
        _sweep(parent)
        try:
            Group(str(parent), f"{PREFIX}{os.getpid()}-trial", TRIAL_BYTES).remove()
        except OSError:
            continue  # version 2 without the memory controller delegated, or read-only
        return parent
    return None


def _candidates(proc: Path) -> list[tuple[Path, str]]:
    """(mount point, path below it) of our memory groups, version 1 first: where both exist, it has the controller."""
    paths = _own_paths(proc / "cgroup")
    found: list[tuple[Path, str]] = []
    for line in (proc / "mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        root, mount_point = before.split()[3:5]
        kind, _, options = after.split()[:3]
        controller = "" if kind == "cgroup2" else "memory"
        if not kind.startswith("cgroup") or (controller and controller not in options.split(",")):
            continue
        path = paths.get(controller)
        if path is not None:
            found.append((Path(mount_point), path.removeprefix(root) if root != "/" else path))
    return sorted(found, key=lambda pair: (pair[0] / "cgroup.controllers").exists())


def _own_paths(file: Path) -> dict[str, str]:
    """Controller -> path of this process; version 2 is under the empty name."""
    paths: dict[str, str] = {}
    for line in file.read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        paths.update(dict.fromkeys(controllers.split(","), path))
    return paths


def _sweep(parent: Path) -> None:
    """Remove what a launcher that was killed itself left behind; a group in use refuses to go."""
    for group in parent.glob(f"{PREFIX}*"):
        try:
            group.rmdir()
        except OSError:
            continue
