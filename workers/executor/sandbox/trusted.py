"""No walls, only limits: for hosts where no box can be built and the operator has said that the code is trusted."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from mycoderai.workers.executor.sandbox import bwrap, jobs
from mycoderai.workers.executor.sandbox.errors import SpecError
from mycoderai.workers.executor.sandbox.launcher.job import Job
from mycoderai.workers.executor.sandbox.result import BoxResult, Isolation
from mycoderai.workers.executor.sandbox.spec import BoxSpec, check
from mycoderai.workers.executor.sandbox.supervise import OnOutput, supervise


class TrustedSandbox:
    """Runs commands as this very user, in the workspace itself; host paths keep their names."""

    def __init__(self, scratch: Path, why: str) -> None:
        self._home = scratch / "home"
        self._home.mkdir(parents=True, exist_ok=True)
        self._why = why

    @property
    def isolation(self) -> Isolation:
        return Isolation(
            level="trusted",
            uid=os.getuid(),
            seccomp=False,
            network=True,
            limits=jobs.enforcement(memory="soft", processes="soft"),
            note=f"no isolation: the code can read, change and reach whatever this service can ({self._why})",
        )

    def inside(self, host: Path, spec: BoxSpec) -> str:
        if not any(mount in (host, *host.parents) for mount in (spec.workspace, *spec.writable, *spec.read_only)):
            raise SpecError(f"{host} is not part of the spec")
        return str(host)

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
        return await supervise(
            self._job(argv, spec), self.isolation, spec.limits, stdin=stdin, on_output=on_output, stop=stop
        )

    def _job(self, argv: Sequence[str], spec: BoxSpec) -> Job:
        env = bwrap.defaults(str(self._home)) | spec.env
        limits = spec.limits
        return Job(
            argv=[shutil.which(argv[0], path=env["PATH"]) or argv[0], *argv[1:]],
            env=env,
            cwd=str(spec.workspace),
            fds=[],
            rlimits=jobs.rlimits(limits),
            wall_s=limits.wall_s,
            cpu_s=limits.cpu_s,
            memory_bytes=limits.memory_bytes,
            processes=limits.processes,
            disk_bytes=limits.disk_bytes,
            disk_trees=jobs.disk_trees(spec),
        )
