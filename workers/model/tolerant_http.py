"""The HTTP client for OpenAI's format: bytes that are no UTF-8 are replaced instead of ending the answer."""

import codecs
from collections.abc import AsyncIterator
from typing import Any

CONNECT_S = 30.0
"""Only for what brings no limit of its own."""


def client() -> Any:
    """An httpx client; imported here because httpx comes with litellm and as late."""
    import httpx

    class Tolerant(httpx.AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for block in valid_utf8(self._stream):
                yield block

        async def aclose(self) -> None:
            await self._stream.aclose()

    async def make_tolerant(response: httpx.Response) -> None:
        headers = response.headers
        if headers.get("content-type", "").startswith("text/event-stream") and "content-encoding" not in headers:
            response.stream = Tolerant(response.stream)

    # No bound on connections: how many calls run at once is decided by who has slots, not here.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    return httpx.AsyncClient(event_hooks={"response": [make_tolerant]}, timeout=CONNECT_S, limits=limits)


async def valid_utf8(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same text in the same pieces, but for characters cut by a piece's end, which come with the next."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    async for block in blocks:
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()
