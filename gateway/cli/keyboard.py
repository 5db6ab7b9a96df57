"""Keys of the terminal, one at a time."""

import asyncio
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ARMED_AFTER_S = 0.5
"""A key that is pressed as the question appears was meant for something else."""


def terminal_restorer() -> Callable[[], None]:
    """Sets the terminal back to how it is now, for an end without further ado."""
    if not sys.stdin.isatty():
        return lambda: None
    before = termios.tcgetattr(sys.stdin.fileno())
    return lambda: termios.tcsetattr(sys.stdin.fileno(), termios.TCSANOW, before)


class Keyboard:
    """Single keys, unseen, while it listens; the terminal is as it was before and after."""

    def __init__(self, pressed: asyncio.Event) -> None:
        self._pressed = pressed
        """Set with every key."""
        self._fd = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._fd)
        self._read = ""
        self.armed = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        self.armed = False
        tty.setcbreak(self._fd, termios.TCSANOW)
        asyncio.get_running_loop().add_reader(self._fd, self._on_key)
        try:
            yield
        finally:
            asyncio.get_running_loop().remove_reader(self._fd)
            self.restore()

    async def arm(self) -> None:
        """Forget what was pressed so far, and count from now on."""
        await asyncio.sleep(ARMED_AFTER_S)
        self._read = ""
        self.armed = True

    def take(self) -> str:
        """The next key that was pressed; empty when there is none."""
        key, self._read = self._read[:1], self._read[1:]
        return key.lower()

    async def line(self, label: str) -> str:
        """A line of text, typed and seen as usual."""
        self.restore()
        sys.stdout.write(f"{label}: ")
        sys.stdout.flush()
        typed: asyncio.Queue[str] = asyncio.Queue()
        asyncio.get_running_loop().add_reader(self._fd, lambda: typed.put_nowait(self._some()))
        try:
            return (await typed.get()).strip()
        finally:
            tty.setcbreak(self._fd, termios.TCSANOW)
            asyncio.get_running_loop().add_reader(self._fd, self._on_key)

    def restore(self) -> None:
        termios.tcsetattr(self._fd, termios.TCSANOW, self._before)

    def _on_key(self) -> None:
        if text := self._some():
            self._read += text
        else:
            asyncio.get_running_loop().remove_reader(self._fd)  # nobody types here any more
        self._pressed.set()

    def _some(self) -> str:
        try:
            return os.read(self._fd, 4096).decode(errors="replace")
        except OSError:
            return ""
