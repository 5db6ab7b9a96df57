"""Packs of loose objects, made without starting git: the checkpoint after a turn holds a handful of them, and git
would take longer to start than to write them."""

import hashlib
import zlib
from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

_KINDS = {"commit": 1, "tree": 2, "blob": 3}
_GITLINK = b"160000"
_MAX_OBJECT_BYTES = 4 << 20
_MAX_PACK_BYTES = 16 << 20
_LEVEL = 1


class _Packed(NamedTuple):
    entry: bytes
    """As it stands in a pack."""
    refers: tuple[str, ...]
    """Objects it needs."""


class _NotHere(Exception):
    """The object is not loose, or too large to be held in memory."""


class LoosePacks:
    """What was packed once is kept for the next pack: a step's checkpoints all begin where the step began."""

    def __init__(self, objects: Path, object_format: str) -> None:
        self._objects = objects
        self._format = object_format
        self._packed: dict[str, _Packed] = {}
        self._bytes = 0

    def pack(self, commit: str, known: Container[str]) -> bytes | None:
        """What `commit` needs and is not known; None when that is not all loose and small: git has to pack it then.
        Blocks; meant for a thread."""
        try:
            found = self._needed(commit, known)
        except _NotHere:
            return None
        body = b"PACK" + (2).to_bytes(4, "big") + len(found).to_bytes(4, "big") + b"".join(found.values())
        return body + hashlib.new(self._format, body, usedforsecurity=False).digest()

    def _needed(self, commit: str, known: Container[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        waiting, size = [commit], 0
        while waiting:
            object_id = waiting.pop()
            if object_id in found or object_id in known:
                continue
            packed = self._read(object_id)
            found[object_id] = packed.entry
            waiting += packed.refers
            size += len(packed.entry)
            if size > _MAX_PACK_BYTES:
                raise _NotHere
        return found

    def _read(self, object_id: str) -> _Packed:
        if known := self._packed.get(object_id):
            return known
        packed = _packed(self._content(object_id), len(object_id) // 2)
        self._bytes += len(packed.entry)
        if self._bytes > _MAX_PACK_BYTES:
            self._packed.clear()
            self._bytes = len(packed.entry)
        self._packed[object_id] = packed
        return packed

    def _content(self, object_id: str) -> bytes:
        inflate = zlib.decompressobj()
        try:
            with (self._objects / object_id[:2] / object_id[2:]).open("rb") as file:
                content = inflate.decompress(file.read(_MAX_OBJECT_BYTES), _MAX_OBJECT_BYTES)
        except FileNotFoundError:
            raise _NotHere from None
        if not inflate.eof:
            raise _NotHere
        return content


def _packed(loose: bytes, id_bytes: int) -> _Packed:
    head, _, content = loose.partition(b"\0")
    kind = head.split(b" ")[0].decode()
    refers = {"commit": _of_commit, "tree": lambda content: _of_tree(content, id_bytes)}.get(kind, lambda _: ())
    entry = _entry_head(_KINDS[kind], len(content)) + zlib.compress(content, _LEVEL)
    return _Packed(entry, tuple(refers(content)))


def _entry_head(kind: int, size: int) -> bytes:
    """The kind and four bits of the size, then seven bits a byte; the top bit says that there are more."""
    byte, size = kind << 4 | size & 15, size >> 4
    head = bytearray()
    while size:
        head.append(byte | 0x80)
        byte, size = size & 0x7F, size >> 7
    return bytes([*head, byte])


def _of_commit(content: bytes) -> Iterator[str]:
    for line in content.partition(b"\n\n")[0].splitlines():
        name, _, value = line.partition(b" ")
        if name in (b"tree", b"parent"):
            yield value.decode()


def _of_tree(content: bytes, id_bytes: int) -> Iterator[str]:
    at = 0
    while at < len(content):
        name_end = content.index(b"\0", at)
        next_at = name_end + 1 + id_bytes
        if not content.startswith(_GITLINK, at):
            yield content[name_end + 1 : next_at].hex()
        at = next_at
