"""A command at a terminal of its own, and somebody who reads and types there."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from pathlib import Path

from tests.e2e.cli_support import MYCODER, WITHIN_S, Mycoder

LINES, COLUMNS = 30, 120


class Terminal:
    def __init__(self, mycoder: Mycoder, *arguments: str | Path) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            [MYCODER, *map(str, arguments)],
            env=mycoder.env | {"TERM": "xterm"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        self._screen, self._looked_at = b"", 0

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *args: object) -> None:
        self._process.kill()
        self._process.wait(timeout=WITHIN_S)
        os.close(self._master)

    @property
    def shown(self) -> str:
        """Everything so far."""
        return self._screen.decode(errors="replace")

    def type(self, text: str, *, after: str) -> None:
        """Once something is shown that was not there when somebody typed last."""
        while after.encode() not in self._screen[self._looked_at :]:
            assert self._read(), f"{after!r} was not shown: {self.shown}"
        self._looked_at = len(self._screen)
        os.write(self._master, text.encode())

    def to_the_end(self) -> int:
        """The exit code of the command."""
        while self._read():
            pass
        return self._process.wait(timeout=WITHIN_S)

    def _read(self) -> bool:
        """Whether the command has shown more; False once it has ended."""
        ready, _, _ = select.select([self._master], [], [], WITHIN_S)
        assert ready, f"nothing is shown any more: {self.shown}"
        try:
            self._screen += os.read(self._master, 65536)
        except OSError:  # what a terminal says that nobody holds any more
            return False
        return True
