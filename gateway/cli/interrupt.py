"""Ctrl-C and SIGTERM: the first asks politely, the second forces."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """What happens on a signal. By default the command is cancelled, so that its clean-up runs."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.gently: Callable[[], None] | None = None
        """Replaces cancellation, for a command that wants to end in its own way."""
        self.force: list[Callable[[], None]] = []
        """Called on the second signal, before the process ends without further ado."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Future[int] | None = None

    @property
    def exit_code(self) -> int:
        return 128 + (self.received or signal.SIGINT)

    async def guard(self, command: Awaitable[int]) -> int:
        """Run a command to its exit code, with the signals handled."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.ensure_future(command)
        # Not the loop's own handlers: those wait for the loop, and are gone again before the process is.
        for number in _SIGNALS:
            signal.signal(number, self._on_signal)
        try:
            return await self._task
        except asyncio.CancelledError:
            if self.received is None:
                raise
            return self.exit_code
        finally:
            # What is left is the interpreter's own end, which must not change the exit code any more.
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_IGN)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.received is not None:
            self._end_now(number)
        self.received = signal.Signals(number)
        if self._loop:
            self._loop.call_soon_threadsafe(self._act)

    def _act(self) -> None:
        if self.gently:
            self.gently()
        elif self._task:
            self._task.cancel()

    def _end_now(self, number: int) -> None:
        for act in self.force:
            act()
        os._exit(128 + number)


def run_async(command: Callable[[Interrupts], Awaitable[int]]) -> int:
    """Run an asynchronous command from a synchronous one."""

    async def guarded() -> int:
        interrupts = Interrupts()
        return await interrupts.guard(command(interrupts))

    return asyncio.run(guarded())
