"""No walls, only limits: for hosts where no box can be built and the operator has said that the code is trusted."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from mycoderai.schemas.execution import Isolation
from mycoderai.workers.executor.sandbox import bwrap, jobs
from mycoderai.workers.executor.sandbox.errors import SpecError
from mycoderai.workers.executor.sandbox.launcher.job import Job
from mycoderai.workers.executor.sandbox.result import BoxResult
from mycoderai.workers.executor.sandbox.spec import WORKSPACE, BoxSpec, check
from mycoderai.workers.executor.sandbox.supervise import OnOutput, supervise


class TrustedSandbox:
    """Runs commands as this very user, in the workspace itself.

    There are no mounts, so a path in the box that is a word of its own in `argv` or in a variable (where `:`
    separates words) becomes the host's. Paths inside a script keep the name they have in a box, and fail.
    """

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
        env = bwrap.defaults(str(self._home)) | {name: _on_host(value, spec) for name, value in spec.env.items()}
        limits = spec.limits
        return Job(
            # env(1) looks the program up, and makes one that is missing an exit code, as in a box.
            argv=["/usr/bin/env", *(_word_on_host(word, spec) for word in argv)],
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


def _on_host(value: str, spec: BoxSpec) -> str:
    return ":".join(_word_on_host(word, spec) for word in value.split(":"))


def _word_on_host(word: str, spec: BoxSpec) -> str:
    """A path in the box under its name on the host, by the innermost mount; any other word as it is."""
    mounts = {inside: host for host, inside in (spec.read_only | spec.writable).items()} | {WORKSPACE: spec.workspace}
    path = PurePosixPath(word)
    for parent in (path, *path.parents):
        if host := mounts.get(str(parent)):
            return str(host / path.relative_to(parent))
    return word
