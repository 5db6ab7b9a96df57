"""Run untrusted commands so that they see, reach and use only what a `BoxSpec` says.

    sandbox = await open_sandbox(trust_code=False, scratch=scratch)
    result = await sandbox.run(["pytest", "-q"], spec)

`open_sandbox` proves the walls with canaries before it hands out a sandbox, and raises `IsolationUnavailable`
where this host cannot build them. Every `BoxResult` records which walls and limits were really in place.
"""

from mycoderai.schemas.execution import Isolation
from mycoderai.workers.executor.sandbox.errors import BoxFailed, IsolationUnavailable, SandboxError, SpecError
from mycoderai.workers.executor.sandbox.probe import describe, open_sandbox
from mycoderai.workers.executor.sandbox.result import BoxResult, EndedBy
from mycoderai.workers.executor.sandbox.spec import BoxSpec, Limits
from mycoderai.workers.executor.sandbox.supervise import Sandbox
from mycoderai.workers.executor.sandbox.toolchain import Toolchain, python_toolchain

__all__ = [
    "BoxFailed",
    "BoxResult",
    "BoxSpec",
    "EndedBy",
    "Isolation",
    "IsolationUnavailable",
    "Limits",
    "Sandbox",
    "SandboxError",
    "SpecError",
    "Toolchain",
    "describe",
    "open_sandbox",
    "python_toolchain",
]
