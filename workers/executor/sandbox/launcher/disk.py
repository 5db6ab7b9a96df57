"""How much a tree holds on disk, measured without following what the tree's owner put there."""

from __future__ import annotations

import os

MAX_DEPTH = 200
BOTTOMLESS = 1 << 62


def used_bytes(trees: list[str]) -> int:
    """Blocks allocated to everything in the trees; hard links count again.

    A tree deeper than MAX_DEPTH counts as BOTTOMLESS: nothing real is, and to hide data it would be the place.
    """
    total = 0
    for tree in trees:
        try:
            fd = os.open(tree, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            continue
        total += _below(fd, 0)
    return total


def _below(fd: int, depth: int) -> int:
    """Takes over `fd`. Works on descriptors, so that a directory swapped for a link is not walked into."""
    total = 0
    try:
        with os.scandir(fd) as entries:
            for entry in entries:
                total += _entry(fd, entry, depth)
    except OSError:
        pass  # removed meanwhile
    finally:
        os.close(fd)
    return total


def _entry(fd: int, entry: os.DirEntry[str], depth: int) -> int:
    try:
        size = entry.stat(follow_symlinks=False).st_blocks * 512
        if entry.is_dir(follow_symlinks=False):
            if depth == MAX_DEPTH:
                return BOTTOMLESS
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            size += _below(os.open(entry.name, flags, dir_fd=fd), depth + 1)
    except OSError:
        return 0
    return size
