"""Writing git objects without starting git.

A snapshot after each turn of an agent writes a handful of objects, and starting git for them would cost more than
everything else in it. Loose objects are a small, frozen format: `<kind> <size>\\0<content>`, deflated, under its hash.
Reading is left to git.
"""

import hashlib
import os
import secrets
import zlib
from collections.abc import Iterable
from pathlib import Path

_LEVEL = 1
_CHUNK_BYTES = 1024 * 1024

Child = tuple[str, bytes, str]
"""Name, mode and object id of one entry of a folder."""

TREE = b"40000"
FILE = b"100644"
EXECUTABLE = b"100755"
SYMLINK = b"120000"
GITLINK = b"160000"


class ContentChanged(Exception):
    """A file became longer or shorter while it was read."""


class ObjectStore:
    """The loose objects of one repository. May be used from several threads."""

    def __init__(self, objects: Path, object_format: str) -> None:
        self._objects = objects
        self._format = object_format
        self._known: set[str] = set()

    def know(self, ids: Iterable[str]) -> None:
        """Say that these objects are in the repository, so they are not written again."""
        self._known.update(ids)

    def write(self, kind: str, content: bytes) -> str:
        """Store one object and return its id."""
        data = b"%s %d\0" % (kind.encode(), len(content)) + content
        object_id = self._hash(data).hexdigest()
        if object_id in self._known:
            return object_id
        place = self._place(object_id)
        if not place.exists():
            part = self._part()
            part.write_bytes(zlib.compress(data, _LEVEL))
            self._put(part, place)
        self._known.add(object_id)
        return object_id

    def write_tree(self, children: Iterable[Child]) -> str:
        """Store a folder. git sorts by bytes, and a folder's name as if a slash followed."""
        rows = [(os.fsencode(name), mode, object_id) for name, mode, object_id in children]
        rows.sort(key=lambda row: row[0] + b"/" if row[1] == TREE else row[0])
        return self.write("tree", b"".join(b"%s %s\0%s" % (mode, name, bytes.fromhex(i)) for name, mode, i in rows))

    def write_file(self, descriptor: int, size: int) -> str:
        """Store the content of an open file of `size` bytes, holding one chunk of it in memory at a time.

        Raises:
            ContentChanged: there are more or fewer bytes by now.
        """
        head = b"blob %d\0" % size
        digest, deflate, left = self._hash(head), zlib.compressobj(_LEVEL), size
        part = self._part()
        try:
            with part.open("wb") as file:
                file.write(deflate.compress(head))
                while chunk := os.read(descriptor, _CHUNK_BYTES):
                    left -= len(chunk)
                    if left < 0:
                        break
                    digest.update(chunk)
                    file.write(deflate.compress(chunk))
                file.write(deflate.flush())
            if left:
                raise ContentChanged
            object_id = digest.hexdigest()
            self._put(part, self._place(object_id))
        finally:
            part.unlink(missing_ok=True)
        self._known.add(object_id)
        return object_id

    def _hash(self, data: bytes) -> "hashlib._Hash":
        return hashlib.new(self._format, data, usedforsecurity=False)

    def _place(self, object_id: str) -> Path:
        return self._objects / object_id[:2] / object_id[2:]

    def _part(self) -> Path:
        # git sweeps files of this name when they are left behind.
        return self._objects / f"tmp_obj_{secrets.token_hex(8)}"

    def _put(self, part: Path, place: Path) -> None:
        part.chmod(0o444)
        place.parent.mkdir(exist_ok=True)
        part.replace(place)
