"""Identifiers: time-sortable, safe as a subject token, a file name and a branch name."""

import os
import re
import time
import zlib
from functools import lru_cache

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_CHARS = 26
_TOKEN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def new_id(now_ms: int | None = None) -> str:
    """A UUIDv7 (RFC 9562) in lower-case Crockford base32: 26 characters that sort by creation time."""
    ms = int(time.time() * 1000) if now_ms is None else now_ms
    random = int.from_bytes(os.urandom(10))
    rand_a, rand_b = random >> 68, random & (2**62 - 1)
    value = (ms & (2**48 - 1)) << 80 | 7 << 76 | (rand_a & 0xFFF) << 64 | 2 << 62 | rand_b
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(5 * (_ID_CHARS - 1), -1, -5))


@lru_cache(maxsize=4096)  # the same runs, steps and kinds come again and again
def is_token(text: str) -> bool:
    """Whether text may stand as one token of a subject (ADR-6, narrowed to what is safe in a path too)."""
    return _TOKEN.fullmatch(text) is not None


def shard_of(run: str, shards: int) -> int:
    """The event stream that holds a run. Stable across processes and versions: CRC-32 of the run id."""
    return zlib.crc32(run.encode()) % shards
