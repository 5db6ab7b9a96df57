"""HTTP answers about code and logs. Commits never change, so a browser that has an answer is told so; what is large is
encoded and compressed in a thread, and bytes an agent wrote are never anything a browser would run."""

import asyncio
import gzip
import hashlib
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mycoderai.gateway.code.ranges import Range, content_range, read_range

_LEVEL = 3
_SMALL = 2_000
_AGAIN = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
_INERT = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
AS_IS = {"Content-Encoding": "identity"}
"""Keeps the gateway from compressing: a part of something is not to be."""


def tag_of(*parts: object) -> str:
    """An entity tag for what follows from the parts alone."""
    return f'W/"{hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]}"'


def has_already(request: Request, tag: str) -> Response | None:
    """The answer to who has the very same one."""
    known = (part.strip() for part in request.headers.get("if-none-match", "").split(","))
    return Response(status_code=304, headers={"ETag": tag, **_AGAIN}) if tag in known else None


async def json_answer(request: Request, make: Callable[[], object], tag: str = "") -> Response:
    """`make` is called in a thread too."""
    return await _compressed(request, lambda: msgspec.json.encode(make()), "application/json", tag)


async def text_answer(request: Request, encode: Callable[[], bytes], media: str, tag: str, **headers: str) -> Response:
    answer = await _compressed(request, encode, media, tag)
    answer.headers.update({**_INERT, **headers})
    return answer


async def _compressed(request: Request, encode: Callable[[], bytes], media: str, tag: str) -> Response:
    accepts = "gzip" in request.headers.get("accept-encoding", "")
    data, is_small = await asyncio.to_thread(_encoded, encode, accepts)
    headers = {"Vary": "Accept-Encoding", **_AGAIN, **({"ETag": tag} if tag else {})}
    if accepts and not is_small:
        headers["Content-Encoding"] = "gzip"
    return Response(data, headers=headers, media_type=media)


def _encoded(encode: Callable[[], bytes], accepts: bool) -> tuple[bytes, bool]:
    data = encode()
    small = len(data) < _SMALL
    return (gzip.compress(data, _LEVEL, mtime=0) if accepts and not small else data), small


def wanted_range(request: Request) -> Range | None:
    return read_range(request.headers.get("range", ""))


def bytes_answer(data: bytes, first: int, total: int, *, text: bool, part: bool, name: str, tag: str = "") -> Response:
    """Bytes from `first` on of so many; what is no text is for saving."""
    headers = {"Accept-Ranges": "bytes", **_INERT, **_AGAIN, **AS_IS, **({"ETag": tag} if tag else {})}
    if part:
        headers["Content-Range"] = content_range(first, first + len(data), total)
    if not text:
        headers["Content-Disposition"] = f'attachment; filename="{safe_name(name)}"'
    media = "text/plain; charset=utf-8" if text else "application/octet-stream"
    return Response(data, 206 if part else 200, headers=headers, media_type=media)


def inert_headers(*, text: bool, name: str) -> dict[str, str]:
    """Of an answer that is sent piece by piece."""
    shown = {} if text else {"Content-Disposition": f'attachment; filename="{safe_name(name)}"'}
    return {"Accept-Ranges": "bytes", **_INERT, **_AGAIN, **AS_IS, **shown}


def safe_name(path: str) -> str:
    """The last part of a path as a file name a header can carry."""
    name = path.rpartition("/")[2]
    kept = "".join(char if char.isascii() and (char.isalnum() or char in "._- ") else "_" for char in name)
    return kept[:100] or "file"
