"""A sandbox with a hole in it is refused: the canaries notice what they are there to notice."""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mycoderai.workers.executor.sandbox import (
    BoxSpec,
    IsolationUnavailable,
    bwrap,
    canaries,
    open_sandbox,
    probe,
    python_toolchain,
)
from mycoderai.workers.executor.sandbox.box import BwrapSandbox
from mycoderai.workers.executor.sandbox.launcher.job import Job


@pytest.fixture(autouse=True)
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_proven", None)


def weakened(monkeypatch: pytest.MonkeyPatch, change: Callable[[Job], None]) -> None:
    build = BwrapSandbox._job

    def job(self: BwrapSandbox, *arguments: Any) -> Job:
        built = build(self, *arguments)
        change(built)
        return built

    monkeypatch.setattr(BwrapSandbox, "_job", job)


def forget_memory(job: Job) -> None:
    job.memory_bytes, job.cgroup = 1 << 40, ""


def forget_environment(job: Job) -> None:
    job.env = {"PROVIDER_KEY": "hunter2"}


def forget_processes(job: Job) -> None:
    job.argv = [part for part in job.argv if not part.endswith("prlimit") and not part.startswith("--nproc")]
    job.argv.remove("--")
    job.processes = 1000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (forget_memory, "uses more memory than allowed"),
        (forget_environment, "sees the environment of the process that started it"),
        (forget_processes, "starts more processes than allowed"),
    ],
)
async def test_a_limit_that_does_not_hold_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: Callable[[Job], None], words: str
) -> None:
    weakened(monkeypatch, change)
    monkeypatch.setattr(canaries, "HOLD_S", 0.5)  # nobody ends what is held here
    with pytest.raises(IsolationUnavailable, match=words):
        await open_sandbox(trust_code=False, scratch=tmp_path)


async def test_a_shared_network_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cut = bwrap._namespaces(network=False)
    cut.remove("--unshare-net")
    monkeypatch.setattr(bwrap, "_namespaces", lambda network: cut)
    with pytest.raises(IsolationUnavailable, match="connects to the host's loopback"):
        await open_sandbox(trust_code=False, scratch=tmp_path)


async def test_a_host_folder_in_the_box_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        Path(scratch).chmod(0o711)
        system = [*bwrap._system(network=False), "--ro-bind", "/var/tmp", "/var/tmp"]
        monkeypatch.setattr(bwrap, "_system", lambda network: system)
        with pytest.raises(IsolationUnavailable, match="reads files outside"):
            await open_sandbox(trust_code=False, scratch=Path(scratch))


async def test_the_proof_is_kept(tmp_path: Path) -> None:
    first = await open_sandbox(trust_code=False, scratch=tmp_path)
    assert await open_sandbox(trust_code=False, scratch=tmp_path) is first


async def test_openers_at_the_same_time_share_one_proof(tmp_path: Path) -> None:
    one, two = await asyncio.gather(*(open_sandbox(trust_code=False, scratch=tmp_path) for _ in range(2)))
    assert one is two


async def test_the_interpreter_offered_starts_and_is_this_one(tmp_path: Path) -> None:
    python = python_toolchain()
    sandbox = await open_sandbox(trust_code=False, scratch=tmp_path / "scratch")
    spec = BoxSpec(workspace=tmp_path, read_only=python.read_only, env={"PATH": python.path})
    result = await sandbox.run(["python3", "-c", "import sys; print(sys.version)"], spec)
    assert result.output.decode().strip() == sys.version
