"""Let an unprivileged uid reach a few host paths that lie behind directories it may not enter.

Root's data directory and interpreter are often below a 0700 folder. Root binds just the paths of the box into an
empty tmpfs, in a mount namespace that only this run sees, before it gives up being root.
"""

from __future__ import annotations

import os
import stat

from .syscalls import CLONE_NEWNS, MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, mount, unshare

VIEW = "/mnt"
"Where the paths appear. Every Linux file system has it, and hiding it from one box harms nobody."


def build(paths: list[tuple[str, str]]) -> None:
    """Bind each (host path, name) at VIEW/name for this process and its children.

    Raises OSError, with ELOOP when a host path ends in a symbolic link.
    """
    unshare(CLONE_NEWNS)
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    # Opened after unshare, since a mount of another namespace cannot be bound, and before VIEW is hidden, since a
    # path may lie below it.
    sources = [(os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC), path, name) for path, name in paths]
    mount("tmpfs", VIEW, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=1m")
    for fd, path, name in sources:
        _bind(fd, path, f"{VIEW}/{name}")
        os.close(fd)


def _bind(fd: int, path: str, target: str) -> None:
    kind = os.fstat(fd).st_mode
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if stat.S_ISDIR(kind):
        os.mkdir(target)
    elif stat.S_ISREG(kind):
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    else:
        raise OSError(f"{path} is neither a directory nor a file")
    mount(f"/proc/self/fd/{fd}", target, "", MS_BIND | MS_REC)
