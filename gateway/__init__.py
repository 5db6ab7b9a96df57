"""The way in for people: the command line, and the supervisor that starts the broker and the workers."""

import sys

NOT_FOR_US = ("aiohttp", "requests")
"""The NATS client and Socket.IO would take them in, 20 MB of the gateway's process, for what nobody here uses."""

for _name in NOT_FOR_US:
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]
