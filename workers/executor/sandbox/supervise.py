"""Start a launcher, collect what its box prints, and stay until the last process of the box is gone."""

import asyncio
import contextlib
import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from mycoderai.schemas.execution import Isolation
from mycoderai.workers.executor.sandbox.errors import BoxFailed
from mycoderai.workers.executor.sandbox.launcher.job import Job, Report
from mycoderai.workers.executor.sandbox.launcher.syscalls import F_ADD_SEALS, F_SEAL_ALL
from mycoderai.workers.executor.sandbox.output import HeadAndTail
from mycoderai.workers.executor.sandbox.result import BoxResult, EndedBy
from mycoderai.workers.executor.sandbox.spec import BoxSpec, Limits

OnOutput = Callable[[bytes], None]

PACKAGE = Path(__file__).parent
BOOT = "import sys; sys.path.append(sys.argv[1]); from launcher.main import main; main(int(sys.argv[2]))"
PYTHON = getattr(sys, "_base_executable", sys.executable)
GRACE_S = 10.0
"How much longer than its wall limit a launcher may take before it is killed as broken."
READ_BYTES = 1 << 16


class Sandbox(Protocol):
    """Runs commands in boxes. One sandbox serves any number of runs, also at the same time."""

    @property
    def isolation(self) -> Isolation:
        """What every box of this sandbox gets, for a spec without network."""

    def inside(self, host: Path, spec: BoxSpec) -> str:
        """Where the command finds a host path that lies in one of the spec's mounts. Raises SpecError otherwise."""

    async def run(
        self,
        argv: Sequence[str],
        spec: BoxSpec,
        *,
        stdin: bytes = b"",
        on_output: OnOutput | None = None,
        stop: asyncio.Event | None = None,
    ) -> BoxResult:
        """Run `argv` in a fresh box and wait until no process of it is left.

        `on_output` gets each chunk as it comes, on the event loop. Setting `stop` ends the run with
        `ended_by="cancelled"`; cancelling the task also ends it, and the cancellation is raised once everything
        is gone. Raises SpecError, and BoxFailed when the box itself broke.
        """


async def supervise(
    job: Job,
    isolation: Isolation,
    limits: Limits,
    *,
    stdin: bytes = b"",
    on_output: OnOutput | None = None,
    stop: asyncio.Event | None = None,
) -> BoxResult:
    """Run one job by a launcher of its own; the promises are those of `Sandbox.run`."""
    run = _Run(limits, on_output)
    await run.start(job, stdin)
    try:
        report = await run.finish(stop)
    except BaseException:
        await _to_the_end(run.abandon())
        raise
    if report.error:
        raise BoxFailed(run.explained(report.error))
    return BoxResult(
        exit_code=report.exit_code,
        output=run.output.joined(),
        output_size=run.output.size,
        duration_s=report.duration_s,
        cpu_s=report.cpu_s,
        ended_by="output" if run.flooded else msgspec.convert(report.ended_by, EndedBy),
        isolation=isolation,
    )


async def _to_the_end(cleanup: Coroutine[None, None, None]) -> None:
    """Await it even when cancelled meanwhile; the caller is about to raise anyway."""
    task = asyncio.ensure_future(cleanup)
    while not task.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(task)


class _Run:
    """One launcher process and the two ends we hold: its control socket and the pipe the box prints into."""

    def __init__(self, limits: Limits, on_output: OnOutput | None) -> None:
        self._limits = limits
        self._on_output = on_output
        self._loop = asyncio.get_running_loop()
        self._gone = asyncio.Event()
        self.output = HeadAndTail(limits.output_bytes)
        self.flooded = False

    async def start(self, job: Job, stdin: bytes) -> None:
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        box_stdin = _readable(stdin)
        if job.uid >= 0:
            os.fchown(writer, job.uid, job.uid)  # or the box could not open /dev/stdout
        try:
            self._launcher = subprocess.Popen(
                [PYTHON, "-I", "-S", "-c", BOOT, str(PACKAGE), str(theirs.fileno())],
                stdin=box_stdin,
                stdout=writer,
                stderr=writer,
                pass_fds=[theirs.fileno()],
                env={},
                cwd="/",
                start_new_session=True,
            )
        except OSError as err:
            self._control.close()
            os.close(self._reader)
            raise BoxFailed(f"no launcher can be started: {err}") from err
        finally:
            theirs.close()
            os.close(writer)
            os.close(box_stdin)
        self._process = os.pidfd_open(self._launcher.pid)
        self._loop.add_reader(self._process, self._gone.set)
        self._loop.add_reader(self._reader, self._read)
        packed = job.packed()
        self._sending = asyncio.ensure_future(
            self._loop.sock_sendall(self._control, len(packed).to_bytes(4, "big") + packed)
        )

    async def finish(self, stop: asyncio.Event | None) -> Report:
        """Wait for the end, whichever way it comes, and clean up. Raises BoxFailed when the launcher broke."""
        stopping = asyncio.ensure_future(self._stop_on(stop)) if stop else None
        try:
            await asyncio.wait_for(self._gone.wait(), self._limits.wall_s + GRACE_S)
        except TimeoutError:
            self._launcher.kill()
            await self._gone.wait()
        finally:
            if stopping:
                stopping.cancel()
        self._read()
        try:
            return Report.unpacked(self._control.recv(READ_BYTES))
        except (OSError, EOFError) as err:
            raise BoxFailed(self.explained(f"the launcher broke with exit code {self._launcher.poll()}")) from err
        finally:
            self._close()

    async def abandon(self) -> None:
        """End the box and wait until it is gone; harmless when it already is."""
        if self._process < 0:
            return
        self._end()
        try:
            await asyncio.wait_for(self._gone.wait(), GRACE_S)
        except TimeoutError:
            self._launcher.kill()
            await self._gone.wait()
        self._close()

    def explained(self, error: str) -> str:
        """The error, with what bwrap or the launcher printed about it."""
        text = self.output.joined()[-2000:].decode(errors="replace").strip()
        return f"{error}: {text}" if text else error

    async def _stop_on(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._end()

    def _end(self) -> None:
        """The launcher takes the end of our sending as the order to kill the box."""
        self._sending.cancel()
        try:
            self._control.shutdown(socket.SHUT_WR)
        except OSError:
            return  # it has gone already

    def _read(self) -> None:
        """Take what the box has printed; after the launcher's end this is all there ever will be."""
        while True:
            try:
                chunk = os.read(self._reader, READ_BYTES)
            except BlockingIOError:
                return
            if not chunk:
                self._loop.remove_reader(self._reader)
                return
            self._keep(chunk)
            if not self._gone.is_set():
                return  # others want the loop too

    def _keep(self, chunk: bytes) -> None:
        self.output.add(chunk)
        if self._on_output:
            self._on_output(chunk)
        if self.output.size > self._limits.flood_bytes and not self.flooded:
            self.flooded = True
            self._loop.remove_reader(self._reader)  # a full pipe holds it up until it is gone
            self._end()

    def _close(self) -> None:
        self._sending.cancel()
        for fd in (self._reader, self._process):
            self._loop.remove_reader(fd)
            os.close(fd)
        self._process = -1
        self._control.close()
        self._launcher.wait()


def _readable(content: bytes) -> int:
    """A descriptor to read `content` from, which the reader can neither change nor enlarge."""
    if not content:
        return os.open(os.devnull, os.O_RDONLY)
    fd = os.memfd_create("stdin", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(content)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_ALL)
    return fd
