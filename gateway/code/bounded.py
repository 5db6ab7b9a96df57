"""git within bounds: so many at once, each with limits of time, memory and output."""

import asyncio
import resource
import signal
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from mycoderai.broker.git import Git, GitError, Output
from mycoderai.gateway.problem import Problem

AT_ONCE = 4
"""Processes of a gateway; who comes later waits in line."""
LIMIT_S = 20.0
LINE_S = 30.0
"""The longest anybody waits for a turn."""
OUTPUT_BYTES = 32 << 20
TEXT_BYTES = 5 << 20
"""A larger file is shown in parts only, and compared as if it were binary."""
_LIMITS = {resource.RLIMIT_CPU: 30, resource.RLIMIT_AS: 4 << 30, resource.RLIMIT_CORE: 0}
_KILLED = (-signal.SIGXCPU, -signal.SIGKILL)


class Slots:
    """Shared by everything that runs git in one gateway."""

    def __init__(self, at_once: int = AT_ONCE, line_s: float = LINE_S) -> None:
        self._line_s = line_s
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def taken(self, limit_s: float = LIMIT_S) -> AsyncIterator[None]:
        """Raises Problem 503 when it is never our turn, or what is done then takes longer than `limit_s`."""
        try:
            async with asyncio.timeout(self._line_s):
                await self._free.acquire()
        except TimeoutError:
            raise Problem(503, "busy", "too many people look at code just now", "try again in a moment") from None
        try:
            async with asyncio.timeout(limit_s):
                yield
        except TimeoutError:
            raise too_slow() from None
        finally:
            self._free.release()


class BoundedGit:
    """git on one repository of the cache."""

    def __init__(self, git_dir: Path, slots: Slots, limit_s: float = LIMIT_S) -> None:
        self._git = Git(git_dir=git_dir, config={"core.bigFileThreshold": str(TEXT_BYTES)}, limits=_LIMITS)
        self._slots = slots
        self._limit_s = limit_s
        self.git_dir = git_dir

    async def run(
        self,
        *args: str,
        stdin: bytes | BinaryIO | None = None,
        stdout: BinaryIO | None = None,
        ok: Container[int] = (0,),
        max_bytes: int = OUTPUT_BYTES,
        literal: bool = False,
    ) -> Output:
        """As `Git.run`; `literal`: paths among the arguments are paths and not patterns. Raises Problem when it takes
        too long, GitError when what is asked for is not there."""
        git = self._git.with_env(GIT_LITERAL_PATHSPECS="1") if literal else self._git
        async with self._slots.taken(self._limit_s):
            try:
                return await git.run(*args, stdin=stdin, stdout=stdout, ok=ok, max_bytes=max_bytes)
            except GitError as err:
                if err.code in _KILLED:
                    raise too_slow() from err
                raise


def too_slow() -> Problem:
    return Problem(503, "too_slow", "git took too long for that", "ask for less at a time, such as one path")
