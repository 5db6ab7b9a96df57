"""What went wrong, as web clients see it: `{code, message, fix}`, with the HTTP status that fits."""

import errno

import nats.errors

from mycoderai.schemas.errors import MycoderError, NoRoom, RefusedError, ServiceLost, TransientError
from mycoderai.schemas.failure import FailureCode

_STATUS = {FailureCode.UNKNOWN_RUN: 404, FailureCode.AMBIGUOUS_RUN: 400, FailureCode.BAD_SUBMISSION: 400}


class Problem(MycoderError):
    """The codes are an interface, as those of `FailureCode` are; the sentences may change."""

    def __init__(self, status: int, code: str, message: str, fix: str = "", *, retry_after_s: int = 0) -> None:
        super().__init__(message, fix)
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s

    @property
    def fields(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "fix": self.fix}


def as_problem(error: BaseException) -> Problem | None:
    """None for a bug."""
    match error:
        case Problem():
            return error
        case RefusedError():
            code = error.failure.code
            return Problem(_STATUS.get(code, 502), code.value, error.message, error.fix)
        case NoRoom():
            return Problem(503, "no_room", error.message, error.fix or "free some space on the broker's disk")
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return Problem(
                503, "no_room", "the gateway's disk is full", "free some space, or set TMPDIR to another disk"
            )
        case ServiceLost():
            return _unavailable(error.message)
        case TransientError() | nats.errors.Error():
            return _unavailable("the broker does not answer just now")
    return None


def _unavailable(message: str) -> Problem:
    return Problem(503, "unavailable", message, "try again in a moment; mycoder doctor tells which part is missing")


def token_needed() -> Problem:
    return Problem(
        401,
        "token_needed",
        "this fleet opens to those who have a token",
        "`mycoder token link`, on the fleet's host, prints an address that opens it; `mycoder up` printed one too",
    )
