"""What a worker tells the fleet over its pipe; see broker/life.py for the lines."""

import asyncio
import os

from mycoderai.broker.life import HOLDS, LETS_GO, READY, SIGN
from mycoderai.gateway.fleet_wait import readable

_AT_ONCE = 1 << 16


class Signs:
    """The fleet's end of the pipe."""

    def __init__(self, pipe: int) -> None:
        self.held: set[str] = set()
        """Subjects that acknowledge the deliveries the worker holds."""
        self.lives = False
        """It has shown that it lives, so it has to go on doing so."""
        self.silent = 0
        """Times `missed` was called since it last said anything."""
        self._pipe = pipe
        self._rest = b""
        self._is_ready = False
        os.set_blocking(pipe, False)

    async def wait_ready(self) -> bool:
        """Whether it became ready; False when it closed the pipe first. From then on what it says is read."""
        while not self._is_ready:
            await readable(self._pipe)
            if not self._read():
                return False
        asyncio.get_running_loop().add_reader(self._pipe, self._read)
        return True

    def missed(self) -> int:
        self.silent += 1
        return self.silent if self.lives else 0

    def close(self) -> None:
        """Read what it said last, then no more."""
        if self._pipe < 0:
            return
        while self._read():
            pass
        if self._pipe >= 0:
            asyncio.get_running_loop().remove_reader(self._pipe)
            os.close(self._pipe)
        self._pipe = -1

    def _read(self) -> bool:
        try:
            said = os.read(self._pipe, _AT_ONCE)
        except BlockingIOError:
            return False
        if not said:
            self.lives = False
            asyncio.get_running_loop().remove_reader(self._pipe)
            return False
        *lines, self._rest = (self._rest + said).split(b"\n")
        for line in lines:
            self._take(line)
        return True

    def _take(self, line: bytes) -> None:
        self.silent = 0
        if line == READY:
            self._is_ready = True
        elif line == SIGN:
            self.lives = True
        elif line.startswith(HOLDS):
            self.held.add(line[1:].decode())
        elif line.startswith(LETS_GO):
            self.held.discard(line[1:].decode())
