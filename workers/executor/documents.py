"""The files of a commit that speak to agents, read from git's objects: no checkout, and no link is followed."""

from functools import partial
from typing import BinaryIO

from mycoderai.schemas.execution import Document
from mycoderai.workers.core.roles.instructions import wanted
from mycoderai.workers.executor.objects import EXECUTABLE, FILE
from mycoderai.workers.executor.run_repository import RunRepository

MAX_DOCUMENTS = 200
MAX_BYTES = 32 * 1024
"""Of one document; the rest is left out, with a note in its place."""
MAX_TOTAL_BYTES = 512 * 1024
MAX_OBJECT_BYTES = 1024 * 1024
"""Nobody writes instructions of this size; a larger file is not even read."""
_CUT = "\n[cut: this file has {} bytes, of which the first {} are here]\n"


async def documents_of(repository: RunRepository, commit: str) -> tuple[Document, ...]:
    """Instructions, roles and skills as they stand in a commit or tree, the ones that matter most first."""
    entries = await repository.entries(commit)
    # A name that is no text, or holds control characters, could not even be said to a model.
    ids = {
        path: entry.object_id
        for path, entry in entries.items()
        if entry.mode in (FILE, EXECUTABLE) and path.isprintable()
    }
    paths = wanted(ids)[:MAX_DOCUMENTS]
    if not paths:
        return ()
    readable = await _of_sensible_size(repository, {ids[path] for path in paths})
    texts = await repository.read_blobs(readable, partial(_texts, count=len(readable)))
    return _within_total([Document(path=path, text=texts[ids[path]]) for path in paths if ids[path] in texts])


async def _of_sensible_size(repository: RunRepository, ids: set[str]) -> list[str]:
    names = "".join(f"{object_id}\n" for object_id in sorted(ids))
    listing = await repository.git.run("cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=names.encode())
    sizes = (line.split(" ") for line in listing.stdout.decode().splitlines())
    return [object_id for object_id, size in sizes if size.isdigit() and int(size) <= MAX_OBJECT_BYTES]


def _texts(pipe: BinaryIO, count: int) -> dict[str, str]:
    return dict(_next(pipe) for _ in range(count))


def _next(pipe: BinaryIO) -> tuple[str, str]:
    object_id, _, size = pipe.readline().decode().split()
    total = int(size)
    content = pipe.read(total)
    pipe.read(1)
    text = content[:MAX_BYTES].decode(errors="replace").replace("\0", "")
    return object_id, text + (_CUT.format(total, MAX_BYTES) if total > MAX_BYTES else "")


def _within_total(documents: list[Document]) -> tuple[Document, ...]:
    kept: list[Document] = []
    left = MAX_TOTAL_BYTES
    for document in documents:
        left -= len(document.text.encode())
        if left < 0:
            break
        kept.append(document)
    return tuple(kept)
