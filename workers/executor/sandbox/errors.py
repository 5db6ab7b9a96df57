"""What can go wrong with a sandbox, as opposed to with the command inside it.

MycoderError
└── SandboxError
    ├── IsolationUnavailable   this host cannot build the walls; nothing was run
    ├── SpecError              the caller's BoxSpec makes no sense or would open a hole; nothing was run
    └── BoxFailed              the box broke before or while the command ran; the command's outcome is unknown
"""

from mycoderai.schemas.errors import MycoderError


class SandboxError(MycoderError):
    """Root of the tree. `code` is stable; the text may change."""

    code = "sandbox"


class IsolationUnavailable(SandboxError):
    """`reason` says in plain words what this host lacks, `fix` what an operator can do about it."""

    code = "sandbox.unavailable"

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason, fix)
        self.reason = reason


class SpecError(SandboxError):
    code = "sandbox.spec"


class BoxFailed(SandboxError):
    code = "sandbox.failed"
