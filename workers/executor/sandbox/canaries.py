"""Prove a sandbox by attacking it. A kernel or engine that claims a limit and ignores it is not rare."""

import asyncio
import fcntl
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from mycoderai.workers.executor.sandbox.errors import BoxFailed
from mycoderai.workers.executor.sandbox.result import BoxResult
from mycoderai.workers.executor.sandbox.spec import MIB, BoxSpec, Limits
from mycoderai.workers.executor.sandbox.supervise import Sandbox
from mycoderai.workers.executor.sandbox.toolchain import python_toolchain

HERE = Path(__file__).parent
PROCESSES = 24
LIMITS = Limits(wall_s=10, cpu_s=10, memory_bytes=96 * MIB, processes=PROCESSES, tmp_bytes=16 * MIB)
HOGS, HOG_BYTES = 4, 64 * MIB
HOLD_S = 3.0
"""How long memory has to be held to count as allowed. Where the launcher is who looks, a busy host may let it wait."""


class Findings(msgspec.Struct):
    """What canary_walls.py reports from inside."""

    secret: str
    network: bool
    environ: str
    processes: int
    real_root: bool
    namespaces: bool
    outside: bool


async def attack(sandbox: Sandbox, scratch: Path) -> list[str]:
    """What the box failed to stop, in plain words; empty when it holds. Raises BoxFailed when no box comes up."""
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix="probe-") as folder:
        os.chmod(folder, 0o711)  # noqa: S103  its mode is not to be what protects the secret
        attacks = (_attack_walls(sandbox, Path(folder)), _attack_memory(sandbox, Path(folder)))
        outcomes = await asyncio.gather(*attacks, return_exceptions=True)  # both over before the folder goes
    holes: list[str] = []
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
        holes += outcome
    return holes


async def _attack_walls(sandbox: Sandbox, folder: Path) -> list[str]:
    secret = folder / "secret"
    secret.write_text(secrets.token_hex())
    workspace = folder / "walls"
    workspace.mkdir()
    with _listener() as port:
        result = await _run(sandbox, workspace, "canary_walls.py", str(secret), str(port))
    if result.exit_code != 0:
        raise BoxFailed(f"Python does not start in the box: {_text(result)}")
    found = msgspec.json.decode(result.output, type=Findings)
    broken = {
        "reads files outside": bool(found.secret),
        "writes files outside": found.outside,
        "connects to the host's loopback": found.network,
        "sees the environment of the process that started it": bool(found.environ),
        "runs as real root": found.real_root,
        "makes namespaces of its own": found.namespaces,
        "starts more processes than allowed": found.processes >= PROCESSES,
        "leaves a process behind": not _daemon_gone(workspace / "daemon.lock"),
    }
    return [words for words, is_so in broken.items() if is_so]


async def _attack_memory(sandbox: Sandbox, folder: Path) -> list[str]:
    workspace = folder / "memory"
    workspace.mkdir()
    result = await _run(sandbox, workspace, "canary_memory.py", str(HOGS), str(HOG_BYTES), str(HOLD_S))
    if result.ended_by == "memory":
        return []
    return [f"uses more memory than allowed ({_text(result)}, ended by {result.ended_by})"]


async def _run(sandbox: Sandbox, workspace: Path, script: str, *arguments: str) -> BoxResult:
    python = python_toolchain()
    spec = BoxSpec(workspace=workspace, read_only=python.read_only, limits=LIMITS)
    return await sandbox.run(
        [python.executable_in_box, "-I", "-S", "-", *arguments], spec, stdin=(HERE / script).read_bytes()
    )


@contextmanager
def _listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _daemon_gone(lock: Path) -> bool:
    """The daemon held the lock when the command ended, so a free lock means a dead daemon."""
    fd = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


def _text(result: BoxResult) -> str:
    return result.output[-500:].decode(errors="replace").strip()
