"""What a process tells its supervisor, over a pipe it was started with; one line each:

    ready       it can take work
    .           its event loop turns
    +SUBJECT    it holds the delivery that is acknowledged on this subject, or owes an answer to whoever waits on it
    -SUBJECT    no longer

Started alone, without a pipe, it tells nobody.
"""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from contextvars import ContextVar

import structlog

from mycoderai.broker.metrics import LOOP_LAG

PIPE = "MYCODER_READY_FD"
"""Names the descriptor of the pipe's writing end."""
SIGN_S = 1.0
"""How often a process shows that it lives."""
GATHER_S = 0.002
"""There is one write in this time, of all that is to be said then."""
LATE_S = 3.0
READY, SIGN, HOLDS, LETS_GO = b"ready", b".", b"+", b"-"
log = structlog.get_logger()


class Life:
    """The process's end of the pipe. Nothing here waits: a supervisor that does not read holds nobody up."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._pipe = int(environment.get(PIPE) or -1)
        self._untold = b""
        self._taken: dict[str, None] = {}
        """What it holds and has not told of; one that ends before that costs nothing."""
        self._written_at = 0.0
        self._soon: asyncio.TimerHandle | None = None
        if self._pipe >= 0:
            os.set_blocking(self._pipe, False)

    def ready(self) -> None:
        self._say(READY)
        self._write()

    def holds(self, subject: str) -> None:
        if self._pipe >= 0:
            self._taken[subject] = None
            self._write_soon()

    def lets_go(self, subject: str) -> None:
        if subject in self._taken:
            del self._taken[subject]
        else:
            self._say(LETS_GO + subject.encode())

    async def show(self) -> None:
        """Show signs of life until cancelled."""
        LOOP_LAG.set(0.0)
        while True:
            if not self._untold:
                self._say(SIGN)
            self._write()
            due = asyncio.get_running_loop().time() + SIGN_S
            await asyncio.sleep(SIGN_S)
            late = asyncio.get_running_loop().time() - due
            LOOP_LAG.set(max(0.0, late))
            if late > LATE_S:
                log.warning("life.event_loop_blocked", seconds=round(late, 1))

    def _say(self, line: bytes) -> None:
        if self._pipe >= 0:
            self._untold += line + b"\n"
            self._write_soon()

    def _write_soon(self) -> None:
        if self._soon is None:
            loop = asyncio.get_running_loop()
            self._soon = loop.call_at(max(loop.time(), self._written_at + GATHER_S), self._write)

    def _write(self) -> None:
        if self._soon:
            self._soon.cancel()
            self._soon = None
        self._untold += b"".join(HOLDS + subject.encode() + b"\n" for subject in self._taken)
        self._taken.clear()
        if not self._untold:
            return
        self._written_at = asyncio.get_running_loop().time()
        try:
            with contextlib.suppress(BlockingIOError):  # what is left is written with the next sign
                self._untold = self._untold[os.write(self._pipe, self._untold) :]
        except BrokenPipeError:
            self._pipe, self._untold = -1, b""  # the supervisor has ended; the kernel tells us to end too


UNSUPERVISED = Life({})
of_this_process: ContextVar[Life] = ContextVar("life")
"""Whom services tell of the requests they work on."""
