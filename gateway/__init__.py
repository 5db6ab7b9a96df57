"""The way in for people: the command line, and the supervisor that starts the broker and the workers."""

import sys

# The NATS client and Socket.IO would take it in, 11 MB of each process, for what nobody here uses.
sys.modules.setdefault("aiohttp", None)  # type: ignore[arg-type]
