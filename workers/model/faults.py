"""What is wrong when a provider does not answer, read from the error litellm raises. Pure."""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, NamedTuple

from mycoderai.schemas.failure import FailureCode


class Kind(StrEnum):
    UNAVAILABLE = "unavailable"
    RATE = "rate"
    QUOTA = "quota"
    AUTH = "auth"
    UNKNOWN = "unknown"
    OVERFLOW = "overflow"
    NO_TOOLS = "no_tools"
    NO_THOUGHTS = "no_thoughts"
    REFUSED = "refused"
    BAD = "bad"


CODES = {
    Kind.UNAVAILABLE: FailureCode.MODEL_UNAVAILABLE,
    Kind.RATE: FailureCode.MODEL_UNAVAILABLE,
    Kind.QUOTA: FailureCode.MODEL_QUOTA,
    Kind.AUTH: FailureCode.MODEL_AUTH,
    Kind.UNKNOWN: FailureCode.UNKNOWN_MODEL,
    Kind.OVERFLOW: FailureCode.CONTEXT_OVERFLOW,
    Kind.NO_TOOLS: FailureCode.MODEL_ERROR,
    Kind.NO_THOUGHTS: FailureCode.MODEL_ERROR,
    Kind.REFUSED: FailureCode.MODEL_REFUSED,
    Kind.BAD: FailureCode.MODEL_ERROR,
}
PASSING = {Kind.UNAVAILABLE, Kind.RATE}
"""What may be over when the provider is asked again."""


class ProviderFault(Exception):
    def __init__(self, kind: Kind, message: str, retry_after_s: float | None = None, *, billed: bool = False) -> None:
        super().__init__(message)
        self.billed = billed
        """Whether the provider may bill the request all the same, because it had begun to answer."""
        self.kind = kind
        self.message = message
        self.retry_after_s = retry_after_s


class _Rule(NamedTuple):
    kind: Kind
    statuses: frozenset[int]
    words: str


def _rule(kind: Kind, *statuses: int, words: str = "") -> _Rule:
    return _Rule(kind, frozenset(statuses), words)


_OVERFLOW = (
    r"context.?(length|window|size)|maximum context|prompt is too long|too many (input )?tokens|input is too long"
)
_FILTER = r"content.?(policy|filter|management)|safety system|responsible.?ai"
_NO_TOOLS = (
    r"(not|n't) support (the )?(parameters: \['tools|tool|function)"
    r"|no endpoints found that support tool|tools?.{0,20}not supported"
)
_NO_THOUGHTS = (
    r"reasoning_(effort|content)|thinking_blocks?|.?(redacted_)?thinking.? (blocks?|or|is (enabled|disabled))"
)
# Some providers say "quota" of what they allow in a minute as well.
_QUOTA = (
    r"^(?!.*per.?minute).*(insufficient_quota|exceeded your current quota|credit balance|out of credits|per.?day|daily)"
)
_RULES = (
    _rule(Kind.OVERFLOW, 400, 413, 422, 500, words=_OVERFLOW),
    _rule(Kind.REFUSED, 400, 403, words=_FILTER),
    _rule(Kind.NO_TOOLS, 400, 404, 422, 500, words=_NO_TOOLS),
    _rule(Kind.NO_THOUGHTS, 400, 422, words=_NO_THOUGHTS),
    _rule(Kind.QUOTA, 400, 403, 429, words=_QUOTA),
    _rule(Kind.QUOTA, 402),
    _rule(Kind.AUTH, 401, 403),
    _rule(Kind.UNKNOWN, 404),
    _rule(Kind.UNKNOWN, 400, words=r"model.{0,80}(not found|does not exist|not exist|unknown)|invalid model"),
    _rule(Kind.RATE, 429),
    _rule(Kind.BAD, 400, 405, 406, 410, 411, 413, 414, 415, 416, 422),
)


def kind_of(status: int | None, words: str) -> Kind:
    """Anything unheard of may pass: connections that break, statuses of proxies."""
    for rule in _RULES:
        if status in rule.statuses and re.search(rule.words, words, re.IGNORECASE | re.DOTALL):
            return rule.kind
    return Kind.UNAVAILABLE


def fault_of(err: Exception, *, billed: bool = False) -> ProviderFault:
    """What an error of litellm means."""
    status = getattr(err, "status_code", None)
    words = f"{type(err).__name__} {err} {json.dumps(getattr(err, 'body', None), default=str)}"
    headers = next(_headers(err), {})
    wait_s = retry_after_s(headers.get("retry-after"), datetime.datetime.now(datetime.UTC))
    return ProviderFault(kind_of(status, words), _sentence(err), wait_s, billed=billed)


def retry_after_s(value: str | None, now: datetime.datetime) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date; None where it makes no sense."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (date.astimezone(datetime.UTC) - now).total_seconds()
    return max(0.0, seconds) if seconds < float("inf") else None


def _headers(err: Exception) -> Iterator[Mapping[str, str]]:
    for headers in (getattr(err, "litellm_response_headers", None), _of_response(err)):
        if headers:
            yield {str(name).lower(): str(value) for name, value in dict(headers).items()}


def _of_response(err: Exception) -> Any:
    return getattr(getattr(err, "response", None), "headers", None)


def _sentence(err: Exception) -> str:
    """litellm's own prefixes and tracebacks are of no use to a person."""
    first = str(err).partition("\nTraceback")[0]
    return re.sub(r"^(litellm\.)?(\w+(Error|Exception|Timeout): |litellm\.)+", "", " ".join(first.split()))[:500]
