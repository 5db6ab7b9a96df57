"""Ctrl-C and SIGTERM: the first asks politely, the second forces."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """What happens on a signal. By default the command is cancelled, so that its clean-up runs."""

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.gently: Callable[[], None] | None = None
        """Replaces cancellation, for a command that wants to end in its own way."""
        self.force: list[Callable[[], None]] = []
        """Called on the second signal, before the process ends without further ado."""
        self._task: asyncio.Task[int] | None = None

    @property
    def exit_code(self) -> int:
        return 128 + (self.received or signal.SIGINT)

    async def guard(self, command: Awaitable[int]) -> int:
        """Run a command to its exit code, with the signals handled."""
        task = self._task = asyncio.ensure_future(command)
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            return await task
        except asyncio.CancelledError:
            if self.received is None:
                raise
            return self.exit_code

    def _on_signal(self, number: signal.Signals) -> None:
        if self.received is not None:
            self._end_now(number)
        self.received = number
        if self.gently:
            self.gently()
        elif self._task:
            self._task.cancel()

    def _end_now(self, number: signal.Signals) -> None:
        for act in self.force:
            act()
        sys.stdout.flush()
        os._exit(128 + number)


def run_async(command: Callable[[Interrupts], Awaitable[int]]) -> int:
    """Run an asynchronous command from a synchronous one."""

    async def guarded() -> int:
        interrupts = Interrupts()
        return await interrupts.guard(command(interrupts))

    return asyncio.run(guarded())
