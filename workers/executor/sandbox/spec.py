"""What a command may see and use: the whole policy of one box, as data."""

from pathlib import Path, PurePosixPath

import msgspec

from mycoderai.workers.executor.sandbox.errors import SpecError

MIB = 1 << 20
GIB = 1 << 30

WORKSPACE = "/ws"
HOME = "/tmp/home"  # noqa: S108  a path inside the box, on its private tmpfs
RESERVED = ("/", "/proc", "/dev", "/dev/shm", "/tmp", "/usr", "/etc")  # noqa: S108


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Ceilings for the whole process tree of one run, unless a field says "each"."""

    wall_s: float = 60
    cpu_s: int = 300
    "CPU seconds of all processes together; each process is also stopped at this by the kernel."
    memory_bytes: int = 2 * GIB
    processes: int = 256
    "Processes and threads at one time."
    open_files: int = 4096
    "File descriptors of each process."
    file_bytes: int = GIB
    "Size of each file written."
    disk_bytes: int = 2 * GIB
    "What the workspace and each writable directory may hold, whoever wrote it."
    tmp_bytes: int = 512 * MIB
    "Size of the private /tmp; it is memory, and gone afterwards."
    output_bytes: int = MIB
    "Output kept: the head and the tail, half each."
    flood_bytes: int = 64 * MIB
    "Output after which the tree is stopped."


class BoxSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What one box is made of. Host paths are absolute and must not lie inside a tree the box can write:
    code in the box could have replaced them by symbolic links (`check` refuses them).
    """

    workspace: Path
    "Writable, seen as /ws, and the working directory."
    read_only: dict[Path, str] = {}
    "Host path -> absolute path in the box."
    writable: dict[Path, str] = {}
    "As `read_only`, for directories. Boxes of different workspaces must not write to one at the same time."
    env: dict[str, str] = {}
    "The allow-list: besides it only HOME, PATH, LANG, USER and TMPDIR are set, and it may override those."
    limits: Limits = Limits()
    network: bool = False
    "Share the host's network, its loopback services included."


def check(spec: BoxSpec) -> None:
    """Raises SpecError for a spec that cannot work or that would let the box choose what is mounted."""
    if not spec.workspace.is_absolute() or not spec.workspace.is_dir() or spec.workspace.is_symlink():
        raise SpecError(f"the workspace {spec.workspace} is not an absolute path of a directory")
    for host, inside in (spec.read_only | spec.writable).items():
        _check_mount(host, inside)
    if not all(host.is_dir() for host in spec.writable):
        raise SpecError("only directories can be writable")
    open_to_box = [spec.workspace, *spec.writable]
    for host in (*spec.read_only, *spec.writable):
        if any(tree in host.parents for tree in open_to_box):
            raise SpecError(f"{host} lies inside a tree that the box can write, so the box could redirect it")
    for name, value in spec.env.items():
        if not name or "=" in name or "\0" in name + value:
            raise SpecError(f"{name!r} is not a usable environment variable")


def _check_mount(host: Path, inside: str) -> None:
    path = PurePosixPath(inside)
    if not host.is_absolute() or not host.exists() or host.is_symlink():
        raise SpecError(f"{host} is not an absolute path of something that exists and is no link")
    if not path.is_absolute() or ".." in path.parts or str(path) in RESERVED:
        raise SpecError(f"{inside!r} is not a place in the box where something can be mounted")
