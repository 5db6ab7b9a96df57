"""Keeps out of a process what libraries take in and nobody here uses: rich, which structlog would show tracebacks
with, and aiohttp, which the NATS client would speak WebSocket with.

That is 15 MB of every process and a good part of a fleet's start. To be imported before anything else; a handler that
wants them, and litellm, get them.
"""

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def without(*names: str) -> Iterator[None]:
    """Libraries imported inside find these packages not installed, unless they are here already."""
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


with without("rich", "aiohttp"):
    import nats.aio.client  # noqa: F401
    import structlog  # noqa: F401
