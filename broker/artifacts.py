"""Artifacts: blobs too large for an event, in the object store that `nats object ls artifacts` shows.

Written in the object store's own layout; read by batch direct gets, because the client library's reader is an
order of magnitude slower. The information message is written last, so a torn upload is no artifact.
"""

import asyncio
import base64
import hashlib
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from mycoderai.broker.log import append_bytes, last, read, store
from mycoderai.schemas.errors import BrokerUnreachable, MycoderError
from mycoderai.schemas.execution import ArtifactRef
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import ARTIFACTS

CHUNK_BYTES = 512 << 10
_STORED_WITHIN_S = 30.0
_BEGUN_ANEW_FOR_S = 45.0
_PAUSE_S = 0.5
_ROLLUP = {"Nats-Rollup": "sub"}


async def put_file(nc: Client, path: Path, *, wait_for_room: bool = True) -> ArtifactRef:
    """Store a file under its SHA-256; storing the same content again is free.

    Waits while there is no room, or raises NoRoom without `wait_for_room`. Begins anew while the broker is away, and
    raises BrokerUnreachable when that goes on.
    """
    deadline = time.monotonic() + _BEGUN_ANEW_FOR_S
    while True:
        try:
            return await _put_file(nc, path, wait_for_room)
        except BrokerUnreachable:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(_PAUSE_S)


async def _put_file(nc: Client, path: Path, wait_for_room: bool) -> ArtifactRef:
    sha256, size = await asyncio.to_thread(_digest, path)
    ref = ArtifactRef(name=sha256.hex(), sha256=sha256.hex(), size=size)
    if await _info(nc, ref.name):
        return ref
    object_id = new_id()
    chunks = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            await _store(nc, f"$O.artifacts.C.{object_id}", chunk, {}, wait_for_room)
            chunks += 1
    info = {
        "name": ref.name,
        "bucket": "artifacts",
        "nuid": object_id,
        "size": size,
        "chunks": chunks,
        "digest": f"SHA-256={base64.urlsafe_b64encode(sha256).decode()}",
        "options": {"max_chunk_size": CHUNK_BYTES},
    }
    await _store(nc, _info_subject(ref.name), json.dumps(info).encode(), _ROLLUP, wait_for_room)
    return ref


async def is_stored(nc: Client, ref: ArtifactRef) -> bool:
    return await _info(nc, ref.name) is not None


async def get_file(nc: Client, ref: ArtifactRef, path: Path) -> None:
    """Write an artifact to a new file. Raises MycoderError when it is missing or not what its hash says."""
    info = await _info(nc, ref.name)
    if info is None:
        raise _missing(ref.name)
    digest = hashlib.sha256()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("xb") as file:
            async for chunk in _chunks(nc, info):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != ref.sha256:
            raise MycoderError(f"artifact {ref.name[:12]}… is damaged: its hash differs")
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)


async def size_of(nc: Client, name: str) -> int | None:
    """Of an artifact, in bytes; None when it is not in the store."""
    info = await _info(nc, name)
    return None if info is None else int(info["size"])


async def read_part(nc: Client, name: str, first: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from `first` to `end` (excluded), piece by piece. Raises MycoderError when it is missing."""
    info = await _info(nc, name)
    if info is None:
        raise _missing(name)
    at = 0
    async for chunk in _chunks(nc, info):
        if at + len(chunk) > first:
            yield chunk[max(0, first - at) : end - at]
        at += len(chunk)
        if at >= end:
            return


async def _chunks(nc: Client, info: dict[str, Any]) -> AsyncIterator[bytes]:
    subject = f"$O.artifacts.C.{info['nuid']}"
    after, missing = 0, info["chunks"]
    while missing:
        batch = await read(nc, ARTIFACTS, subject, after, limit=16)
        if not batch:
            raise MycoderError(f"artifact {info['name'][:12]}… lacks {missing} of its chunks")
        for chunk in batch:
            yield chunk.data
        after, missing = batch[-1].seq, missing - len(batch)


def _missing(name: str) -> MycoderError:
    return MycoderError(f"artifact {name[:12]}… is not in the store")


async def remove_file(nc: Client, ref: ArtifactRef) -> None:
    """Take an artifact out of the store. Its chunks are rolled up into an empty one, which needs no right to purge."""
    if info := await _info(nc, ref.name):
        await _store(nc, _info_subject(ref.name), json.dumps(info | {"deleted": True}).encode(), _ROLLUP)
        await _store(nc, f"$O.artifacts.C.{info['nuid']}", b"", _ROLLUP)


async def read_note(nc: Client, name: str) -> tuple[str, int]:
    """The text of a note, an artifact without content, and the sequence a change of it expects; empty and nought
    when there is none."""
    found = await last(nc, _info_subject(name), ARTIFACTS)
    return (json.loads(found.data)["metadata"]["text"], found.seq) if found else ("", 0)


async def write_note(nc: Client, name: str, text: str, expected: int) -> None:
    """Raises Conflict when somebody else has changed it since."""
    info = {"name": name, "bucket": "artifacts", "nuid": new_id(), "size": 0, "chunks": 0, "metadata": {"text": text}}
    await append_bytes(nc, _info_subject(name), json.dumps(info).encode(), expected=expected, stream=ARTIFACTS)


async def _info(nc: Client, name: str) -> dict[str, Any] | None:
    message = await last(nc, _info_subject(name), ARTIFACTS)
    info: dict[str, Any] = json.loads(message.data) if message else {"deleted": True}
    return None if info.get("deleted") else info


def _digest(path: Path) -> tuple[bytes, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest(), os.fstat(file.fileno()).st_size


def _info_subject(name: str) -> str:
    return f"$O.artifacts.M.{base64.urlsafe_b64encode(name.encode()).decode()}"


async def _store(nc: Client, subject: str, data: bytes, headers: dict[str, str], wait_for_room: bool = True) -> None:
    # A chunk stored twice would spoil the object, so an unanswered one is not repeated: the object is written anew.
    answer = await store(nc, subject, data, headers, timeout_s=_STORED_WITHIN_S, wait_for_room=wait_for_room)
    if error := answer.get("error"):
        raise MycoderError(f"the artifact store refused: {error.get('description')}", "mycoder doctor")
