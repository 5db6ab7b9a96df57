"""One child process: started in a session of its own, watched for readiness and for its end, stopped whole.

The end of a child is seen through a pidfd, so nothing polls and nothing is reaped before its whole process group
has been ended: until then the kernel cannot give the group's number to anybody else.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from mycoderai.broker.life import PIPE
from mycoderai.broker.server import end_with_parent
from mycoderai.gateway.fleet_signs import Signs
from mycoderai.gateway.fleet_wait import readable
from mycoderai.schemas.errors import MycoderError

READY_WITHIN_S = 20.0
GRACE_S = 10.0
_MAX_LOG_BYTES = 16 << 20
_TAIL_BYTES = 64 << 10


class WorkerFailed(MycoderError):
    """A worker ended, or stayed silent, before it could take work."""


class Child:
    """A started worker process."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], pipe: int, log: Path | None, log_from: int) -> None:
        self.name = name
        self.pid = process.pid
        self.signs = Signs(pipe)
        self._process = process
        self._log = log
        self._log_from = log_from
        self._ended = asyncio.create_task(_ended(process.pid))

    @property
    def _advice(self) -> str:
        return f"read {self._log}" if self._log else ""

    async def wait_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Raises WorkerFailed with what the worker itself said."""
        try:
            async with asyncio.timeout(within_s):
                ready = await self.signs.wait_ready()
        except TimeoutError:
            raise WorkerFailed(f"worker {self.name} was not ready within {within_s:.0f} s", self._advice) from None
        if not ready:
            await self._ended_or_killed()
            message, fix = last_words(self._log, self._log_from) if self._log else ("see above", "")
            raise WorkerFailed(f"worker {self.name} could not start: {message}", fix or self._advice)

    async def wait_end(self) -> int:
        """The exit status, once the process and everything in its group are gone."""
        await asyncio.shield(self._ended)
        return self._reap()

    async def stop(self, grace_s: float = GRACE_S) -> bool:
        """SIGTERM, and SIGKILL when the grace period is over. Whether the process ended by itself."""
        self.signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self.wait_end()
                return True
        await self._ended_or_killed(0)
        return False

    def signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process and its group at once, without waiting."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    async def _ended_or_killed(self, within_s: float = 1.0) -> None:
        await asyncio.wait({self._ended}, timeout=within_s)
        self.kill()
        await self.wait_end()

    def _reap(self) -> int:
        self.kill()
        code = self._process.wait()
        self.signs.close()
        return code


def spawn(name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path | None, log: Path | None) -> Child:
    """Start a worker that tells us how it is on a pipe and logs to a file only its owner can read; None: to where we
    do."""
    output = _open_log(log) if log else None
    log_from = os.fstat(output).st_size if output else 0
    pipe, told = os.pipe()
    parent = os.getpid()

    def tie_to_parent() -> None:
        end_with_parent()
        if os.getppid() != parent:  # it ended before the tie was made
            os._exit(1)

    try:
        process = subprocess.Popen(
            command,
            env={**env, PIPE: str(told)},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(told,),
            start_new_session=True,  # Ctrl-C in the terminal is the supervisor's to handle
            preexec_fn=tie_to_parent,
        )
    except BaseException:
        os.close(pipe)
        raise
    finally:
        os.close(told)
        if output:
            os.close(output)
    return Child(name, process, pipe, log, log_from)


def last_words(log: Path, offset: int = 0) -> tuple[str, str]:
    """What a worker that failed wrote last: message and fix."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(offset, size - _TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        lines = []
    for line in reversed(lines):
        with contextlib.suppress(ValueError, AttributeError):
            entry = json.loads(line)
            if entry.get("event") == "worker.failed":
                return str(entry.get("message", "no reason given")), str(entry.get("fix", ""))
    written = [text for line in lines if (text := line.strip(" |+-"))]
    return (written[-1] if written else "it wrote no log"), ""


def _open_log(path: Path) -> int:
    with contextlib.suppress(OSError):
        if path.stat().st_size > _MAX_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


async def _ended(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    try:
        await readable(descriptor)
    finally:
        os.close(descriptor)
