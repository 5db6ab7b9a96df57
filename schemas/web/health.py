"""Answers of the paths that supervisors and scripts ask."""

import msgspec


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    ok: bool
    detail: str


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    status: str
    """`ready` or `not ready`."""
    checks: dict[str, CheckResult]
