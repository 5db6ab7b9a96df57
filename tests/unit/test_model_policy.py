"""What is asked again, when, and what a failure is called: without a provider."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.workers.model import chain
from mycoderai.workers.model.faults import Kind, ProviderFault, fault_of, kind_of, retry_after_s
from mycoderai.workers.model.policy import Policy
from mycoderai.workers.model.redact import redact
from mycoderai.workers.model.usage import Lengths, usage_of

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
QUICK = Policy(first_pause_s=0.001, longest_pause_s=0.001, patience_s=0.5, patience_with_fallback_s=0.01)
jitters = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 10_000), jitters)
def test_pauses_are_bounded(failures: int, jitter: float) -> None:
    policy = Policy()
    assert 0 < policy.pause_s(failures, None, jitter) <= 1.5 * policy.longest_pause_s


@given(st.floats(0, 1e6), st.integers(1, 50), jitters)
def test_a_provider_is_never_asked_sooner_than_it_said(after: float, failures: int, jitter: float) -> None:
    assert Policy().pause_s(failures, after, jitter) >= after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (429, "Rate limit reached for requests per minute", Kind.RATE),
        (429, "You exceeded your current quota, please check your plan", Kind.QUOTA),
        (429, "You exceeded your current quota. GenerateRequestsPerMinutePerProject", Kind.RATE),
        (429, "quota exceeded: GenerateRequestsPerDayPerProject", Kind.QUOTA),
        (404, "No endpoints found that support tool use", Kind.NO_TOOLS),
        (404, "model not found", Kind.UNKNOWN),
        (400, "litellm.UnsupportedParamsError: x does not support parameters: ['tools']", Kind.NO_TOOLS),
        (413, "request too large", Kind.BAD),
        (413, "prompt is too long", Kind.OVERFLOW),
        (500, "internal", Kind.UNAVAILABLE),
        (529, "Overloaded", Kind.UNAVAILABLE),
        (None, "anything", Kind.UNAVAILABLE),
        (418, "teapot", Kind.UNAVAILABLE),
    ],
)
def test_an_error_is_read_by_status_and_words(status: int | None, words: str, kind: Kind) -> None:
    assert kind_of(status, words) is kind


def test_a_fault_is_told_without_the_librarys_own_words() -> None:
    err = Exception("litellm.RateLimitError: RateLimitError: slow down\nTraceback (most recent call last):\n…")
    assert fault_of(err).message == "slow down"


@given(st.text("abcXYZ019-", min_size=6, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_a_secret_of_the_environment_is_never_told(secret: str, before: str, after: str) -> None:
    assert secret not in redact(f"{before}{secret}{after}".replace("*", ""), {"SOME_API_KEY": secret})


def test_what_looks_like_a_key_is_not_told_either() -> None:
    assert redact("Incorrect API key: sk-proj-abcdef123456.", {}) == "Incorrect API key: ***"


def asking(model: str = "a", *fallbacks: str, seconds_left: float = 5.0) -> ModelRequest:
    message = Message(role="user", content="go on")
    return ModelRequest(
        call="1-1", run="r", step="s", model=model, fallbacks=fallbacks, messages=(message,), seconds_left=seconds_left
    )


class Asked:
    """Answers by model: a fault until it has come so often, then an answer."""

    def __init__(self, **faults: tuple[Exception, int]) -> None:
        self._faults = faults
        self.asked: list[str] = []

    async def __call__(self, request: ModelRequest) -> ModelAnswer:
        self.asked.append(request.model)
        fault, times = self._faults.get(request.model, (None, 0))
        if fault and self.asked.count(request.model) <= times:
            raise fault
        return ModelAnswer(message=Message(role="assistant", content="done"))


async def test_each_fallback_has_retries_of_its_own() -> None:
    down, often = ProviderFault(Kind.UNAVAILABLE, "down"), 10**6
    ask = Asked(a=(down, often), b=(down, 3))
    assert (await chain.answer(asking("a", "b", "a"), ask, QUICK)).model == "b"
    assert ask.asked.count("a") >= 2
    assert ask.asked[-4:] == ["b"] * 4


@pytest.mark.parametrize("code", [FailureCode.CONTEXT_OVERFLOW, FailureCode.CANCELLED])
async def test_what_another_model_cannot_help_ends_the_chain(code: FailureCode) -> None:
    ask = Asked(a=(RefusedError(failure(code)), 1))
    with pytest.raises(RefusedError) as refused:
        await chain.answer(asking("a", "b"), ask, QUICK)
    assert refused.value.failure.code is code
    assert ask.asked == ["a"]


async def test_a_wait_longer_than_the_patience_is_not_begun() -> None:
    ask = Asked(a=(ProviderFault(Kind.RATE, "slow down", retry_after_s=3600.0), 1))
    assert (await chain.answer(asking("a", "b"), ask, QUICK)).model == "b"
    assert ask.asked == ["a", "b"]


@pytest.mark.parametrize("read", [None, -1, 10**9, 0, 1.5, True, "many"])
def test_counts_nobody_can_believe_are_estimated(read: object) -> None:
    usage = usage_of({"prompt_tokens": read, "completion_tokens": 5}, Lengths(prompt=400, answer=20))
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (100, 5, True)


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(-100, 6000))
def test_cached_tokens_are_among_those_read(read: int, written: int, cached: int) -> None:
    reported = {"prompt_tokens": read, "completion_tokens": written, "cache_read_input_tokens": cached}
    usage = usage_of(reported, Lengths(prompt=4 * read, answer=4 * written))
    assert (usage.input_tokens, usage.output_tokens) == (read, written)
    assert 0 <= usage.cached_tokens <= read
