"""What a process tells its supervisor, over a pipe it was started with; one line each:

    ready       it can take work
    .           its event loop turns
    +SUBJECT    it holds the delivery that is acknowledged on this subject
    -SUBJECT    no longer

Started alone, without a pipe, it tells nobody.
"""

import asyncio
import contextlib
import os
from collections.abc import Mapping

PIPE = "MYCODER_READY_FD"
"""Names the descriptor of the pipe's writing end."""
SIGN_S = 1.0
"""How often a process shows that it lives."""
GATHER_S = 0.02
"""Lines of this time are written at once."""
READY, SIGN, HOLDS, LETS_GO = b"ready", b".", b"+", b"-"


class Life:
    """The process's end of the pipe. Nothing here waits: a supervisor that does not read holds nobody up."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._pipe = int(environment.get(PIPE) or -1)
        self._untold = b""
        self._soon: asyncio.TimerHandle | None = None
        if self._pipe >= 0:
            os.set_blocking(self._pipe, False)

    def ready(self) -> None:
        self._say(READY)
        self._write()

    def holds(self, ack_subject: str) -> None:
        self._say(HOLDS + ack_subject.encode())

    def lets_go(self, ack_subject: str) -> None:
        self._say(LETS_GO + ack_subject.encode())

    async def show(self) -> None:
        """Show signs of life until cancelled."""
        while True:
            if not self._untold:
                self._say(SIGN)
            self._write()
            await asyncio.sleep(SIGN_S)

    def _say(self, line: bytes) -> None:
        if self._pipe < 0:
            return
        self._untold += line + b"\n"
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(GATHER_S, self._write)

    def _write(self) -> None:
        if self._soon:
            self._soon.cancel()
            self._soon = None
        if self._pipe < 0:
            return
        try:
            with contextlib.suppress(BlockingIOError):  # what is left is written with the next sign
                self._untold = self._untold[os.write(self._pipe, self._untold) :]
        except BrokenPipeError:
            self._pipe, self._untold = -1, b""  # the supervisor has ended; the kernel tells us to end too
