"""Give a tree to a box's uid, as root, without being led out of it by what the last box left there."""

import os
import stat

from mycoderai.workers.executor.sandbox.identity import owned_by_a_box

OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
MAX_DEPTH = 200


def claim(tree: str | os.PathLike[str], uid: int) -> int:
    """Make everything in `tree` belong to `uid`; returns how many entries had to change.

    Links are changed, not followed. A file with several names is left alone unless a box made it: another of its
    names may be outside (a package cache, a shared object store). Below MAX_DEPTH nothing is changed.
    """
    fd = os.open(tree, OPEN_DIRECTORY)
    try:
        changed = int(os.fstat(fd).st_uid != uid)
        if changed:
            os.fchown(fd, uid, uid)
        return changed + _claim_below(fd, uid, 0)
    finally:
        os.close(fd)


def _claim_below(fd: int, uid: int, depth: int) -> int:
    changed = 0
    with os.scandir(fd) as entries:
        for entry in entries:
            info = entry.stat(follow_symlinks=False)
            if info.st_uid != uid and _may_change(info):
                os.chown(entry.name, uid, uid, dir_fd=fd, follow_symlinks=False)
                changed += 1
            if stat.S_ISDIR(info.st_mode) and depth < MAX_DEPTH:
                changed += _claim_directory(fd, entry.name, uid, depth + 1)
    return changed


def _claim_directory(parent: int, name: str, uid: int, depth: int) -> int:
    fd = os.open(name, OPEN_DIRECTORY, dir_fd=parent)
    try:
        return _claim_below(fd, uid, depth)
    finally:
        os.close(fd)


def _may_change(info: os.stat_result) -> bool:
    return stat.S_ISDIR(info.st_mode) or info.st_nlink == 1 or owned_by_a_box(info.st_uid)
