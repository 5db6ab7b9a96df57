"""What every launcher job has in common, whichever the level."""

import resource
from pathlib import Path

from mycoderai.workers.executor.sandbox.spec import BoxSpec, Limits


def rlimits(limits: Limits) -> list[tuple[int, int, int]]:
    """Per process. DATA and not AS for memory: V8 and others reserve address space that they never use."""
    return [
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_CPU, limits.cpu_s, limits.cpu_s + 1),
        (resource.RLIMIT_DATA, limits.memory_bytes, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files, limits.open_files),
    ]


def enforcement(*, memory: str, processes: str) -> dict[str, str]:
    """The `Isolation.limits` of a level; only these two depend on the host."""
    return {
        "wall": "hard",
        "cpu": "soft",
        "memory": memory,
        "processes": processes,
        "open_files": "hard",
        "file": "hard",
        "disk": "soft",
        "output": "hard",
    }


def disk_trees(spec: BoxSpec) -> list[str]:
    return [str(spec.workspace), *map(str, spec.writable)]


def inside(host: Path, mounts: dict[Path, str]) -> str | None:
    """Where the box sees `host`, by the mount that is nearest above it."""
    for parent in (host, *host.parents):
        if parent in mounts:
            return str(Path(mounts[parent]) / host.relative_to(parent))
    return None
