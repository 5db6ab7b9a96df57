"""Which folders of a workspace were written to since it was last walked, as the kernel tells: inotify(7).

Asking for the times of every file is most of what a snapshot costs. No evidence rests on this being complete, and a
snapshot now and then looks at every file all the same.
"""

import ctypes
import errno
import os
import struct
import threading
from collections.abc import Iterator

_MODIFY, _ATTRIB, _CLOSE_WRITE, _MOVED, _CREATE, _DELETE = 0x2, 0x4, 0x8, 0x40 | 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF, _UNMOUNT, _OVERFLOW, _IGNORED = 0x400, 0x800, 0x2000, 0x4000, 0x8000
_ONLY_FOLDERS = 0x01000000
_WANTED = _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF | _ONLY_FOLDERS
_MOVES_FOLDERS = _DELETE_SELF | _MOVE_SELF | _UNMOUNT | _IGNORED
_HEAD = struct.Struct("iIII")
_READ_BYTES = 1 << 18
_EVERY_FILE_EACH = 10
_libc = ctypes.CDLL(None, use_errno=True)


class Watcher:
    """One queue of the kernel's for all workspaces of this process. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[int, tuple[WatchedFolders, str]] = {}
        self._queue = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        """-1 where the host gives us none: then everything may have changed, always."""

    def workspace(self) -> "WatchedFolders":
        return WatchedFolders(self)

    def close(self) -> None:
        if self._queue >= 0:
            os.close(self._queue)
            self._queue = -1

    def add(self, watched: "WatchedFolders", folder: int, path: str) -> bool:
        """Watch the open folder; whether that worked."""
        with self._lock:
            place = _libc.inotify_add_watch(self._queue, b"/proc/self/fd/%d" % folder, _WANTED)
            if place >= 0:
                self._places[place] = (watched, path)
            return bool(place >= 0)

    def take(self, asking: "WatchedFolders") -> set[str]:
        """What is new for one workspace; what is new for others is kept for them."""
        with self._lock:
            for place, mask, name in self._events():
                if mask & _OVERFLOW:
                    for watched, _ in self._places.values():
                        watched.lost = True
                elif known := self._places.get(place):
                    known[0].on_event(known[1], mask, name)
                    if mask & _IGNORED:
                        del self._places[place]
            taken, asking.told = asking.told, set()
            return taken

    def _events(self) -> Iterator[tuple[int, int, bytes]]:
        while data := self._read():
            at = 0
            while at < len(data):
                place, mask, _, size = _HEAD.unpack_from(data, at)
                at += _HEAD.size + size
                yield place, mask, data[at - size : at].rstrip(b"\0")

    def _read(self) -> bytes:
        try:
            return os.read(self._queue, _READ_BYTES)
        except OSError as err:
            if err.errno in (errno.EAGAIN, errno.EBADF):
                return b""
            raise


class WatchedFolders:
    """One workspace's share of it."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._watched: set[str] = set()
        self._asked = 0
        self.told: set[str] = set()
        self.lost = True
        """Whether more may have changed than was told."""

    def changed(self) -> frozenset[str] | None:
        """Folders written to since the last time this was asked, as paths from the root; None: perhaps all."""
        changed = self._watcher.take(self)
        self._asked += 1
        if self.lost:
            self._watched.clear()
            self.lost = False
            return None
        return None if self._asked % _EVERY_FILE_EACH == 0 else frozenset(changed)

    def add(self, folder: int, path: str) -> None:
        """To be called before an open folder is read, so that what happens after that is not missed."""
        if path in self._watched:
            return
        if self._watcher.add(self, folder, path):
            self._watched.add(path)
        else:
            self.lost = True

    def on_event(self, path: str, mask: int, name: bytes) -> None:
        self.told.add(path)
        # A folder that moves takes its watch along, under a name that is wrong from then on; and rules about what
        # is ignored hold for folders below, too.
        if mask & _MOVES_FOLDERS or name == b".gitignore":
            self.lost = True
