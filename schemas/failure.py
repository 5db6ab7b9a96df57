"""Why something ended badly: a stable code, a sentence for a person, and what the person can do."""

from enum import StrEnum

import msgspec


class FailureCode(StrEnum):
    """The value is the interface; the sentence beside it may change."""

    BEYOND_MODEL = "beyond_model"
    NOTHING_FAILING = "nothing_failing"
    NO_TESTS = "no_tests"
    NOT_IMPORTABLE = "not_importable"
    OUT_OF_TIME = "out_of_time"
    TURN_LIMIT = "turn_limit"
    GATE_REFUSED = "gate_refused"
    ISOLATION_UNAVAILABLE = "isolation_unavailable"
    UNKNOWN_MODEL = "unknown_model"
    UNKNOWN_ROLE = "unknown_role"
    MODEL_ERROR = "model_error"
    HANDLER_ERROR = "handler_error"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    WORKSPACE = "workspace"
    BAD_SUBMISSION = "bad_submission"
    CANCELLED = "cancelled"
    UNKNOWN_RUN = "unknown_run"
    AMBIGUOUS_RUN = "ambiguous_run"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    code: FailureCode
    message: str
    """What happened, in one or two sentences a person understands."""
    fix: str = ""
    """What the person can do; a command where there is one."""
    retryable: bool = False
    """Whether the same step may succeed when it is simply tried again."""
