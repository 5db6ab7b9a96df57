"""Keeps out of the workers what libraries take in and nobody here uses: rich, which structlog would show tracebacks
with, and aiohttp, which the NATS client would speak WebSocket with.

That is 15 MB of every worker and a good part of a fleet's start. To be imported before anything else; a handler that
wants them, and litellm, get them.
"""

import sys

_UNUSED = [name for name in ("rich", "aiohttp") if name not in sys.modules]
for name in _UNUSED:
    sys.modules[name] = None  # type: ignore[assignment]

import nats.aio.client  # noqa: E402, F401
import structlog  # noqa: E402, F401

for name in _UNUSED:
    del sys.modules[name]
