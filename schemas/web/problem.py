"""What went wrong, as HTTP answers and acks of Socket.IO say it."""

import msgspec


class ProblemFields(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    """An interface; the sentences may change."""
    message: str
    fix: str
    """What helps; may be empty."""


class ProblemReply(msgspec.Struct, frozen=True, kw_only=True):
    error: ProblemFields
