"""Removing files that somebody else made, whatever their names, rights and depth.

Nothing is reached through a symbolic link, and a folder nested ten thousand deep takes no more descriptors or stack
than a flat one: each folder is moved up to one pile before it is emptied.
"""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from mycoderai.workers.executor.tree import opened_folder

ASIDE = ".mycoder-removed-"


def discard(folder: int, name: str, *, pile: int | None = None) -> None:
    """Remove `name` from the open folder, with all that is in it.

    Folders are first moved to `pile`, an open folder of the same file system, under names that begin with `ASIDE`.
    By default that is the folder itself.
    """
    _make_writable(folder)
    if not _is_folder(folder, name):
        os.unlink(name, dir_fd=folder)
        return
    pile = folder if pile is None else pile
    waiting = [_set_aside(folder, pile, name)]
    while waiting:
        aside = waiting.pop()
        with own_folder(pile, aside) as opened:
            waiting += _flatten(opened, pile)
        os.rmdir(aside, dir_fd=pile)


def _flatten(opened: int, pile: int) -> list[str]:
    """Unlink the files of a folder and move its folders to the pile; return their names there."""
    with os.scandir(opened) as scan:
        entries = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in scan]
    for name, is_folder in entries:
        if not is_folder:
            os.unlink(name, dir_fd=opened)
    return [_set_aside(opened, pile, name) for name, is_folder in entries if is_folder]


def _set_aside(folder: int, pile: int, name: str) -> str:
    aside = f"{ASIDE}{secrets.token_hex(8)}"
    _grant(folder, name)  # moving a folder writes to it: its `..` changes
    os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=pile)
    return aside


@contextmanager
def own_folder(parent: int, name: str) -> Iterator[int]:
    """As `opened_folder`, after giving its owner every right on it."""
    _grant(parent, name)
    with opened_folder(name, parent) as descriptor:
        yield descriptor


def _grant(parent: int, name: str) -> None:
    found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if not stat.S_ISDIR(found.st_mode) or found.st_mode & stat.S_IRWXU == stat.S_IRWXU:
        return
    mode = stat.S_IMODE(found.st_mode) | stat.S_IRWXU
    if os.chmod in os.supports_follow_symlinks:
        os.chmod(name, mode, dir_fd=parent, follow_symlinks=False)
        return
    # Linux: chmod by name would follow a link that has just been put there; by this descriptor it cannot.
    descriptor = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        os.chmod(f"/proc/self/fd/{descriptor}", mode)
    finally:
        os.close(descriptor)


def _make_writable(folder: int) -> None:
    mode = os.fstat(folder).st_mode
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        os.fchmod(folder, stat.S_IMODE(mode) | stat.S_IRWXU)


def _is_folder(folder: int, name: str) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
