"""Artifacts as web clients fetch them: whole or a part, piece by piece, never all of it in memory."""

import hashlib
import re
from collections.abc import AsyncIterator

from nats.aio.client import Client

from mycoderai.broker.artifacts import read_part, size_of
from mycoderai.gateway.code.files import is_text
from mycoderai.gateway.code.ranges import Range
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.errors import MycoderError

_NAME = re.compile(r"[0-9a-f]{64}")


class Stored:
    """One artifact. Names are the hashes of what they hold, so nobody can guess one."""

    def __init__(self, nc: Client, name: str, size: int) -> None:
        self._nc = nc
        self.name = name
        self.size = size

    @classmethod
    async def find(cls, nc: Client, name: str) -> "Stored":
        """Raises Problem 400 for what is no name of an artifact, 404 when there is none."""
        if not _NAME.fullmatch(name):
            raise Problem(400, "bad_request", "that is not the name of an artifact, which is a SHA-256")
        size = await size_of(nc, name)
        if size is None:
            raise Problem(404, "unknown_artifact", f"there is no artifact {name[:12]}…")
        return cls(nc, name, size)

    async def is_text(self) -> bool:
        beginning = b"".join([piece async for piece in read_part(self._nc, self.name, 0, min(8_000, self.size))])
        return is_text(beginning)

    async def pieces(self, wanted: Range | None) -> AsyncIterator[bytes]:
        """Raises MycoderError before the last piece of a whole that is not what its name says."""
        first, end = wanted.of(self.size) if wanted else (0, self.size)
        digest, held = hashlib.sha256(), b""
        async for piece in read_part(self._nc, self.name, first, end):
            if held:
                yield held
            held = piece
            digest.update(piece)
        if (first, end) == (0, self.size) and digest.hexdigest() != self.name:
            raise MycoderError(f"artifact {self.name[:12]}… is damaged: its hash differs")
        yield held
