"""Every way a provider can fail, over real HTTP, in the formats of OpenAI and Anthropic, and what becomes of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest
from eventually import WITHIN_S
from model_server import Answer, Call, Hang, ModelServer, Refuse, Reply, Request
from model_server_support import (
    ANTHROPIC,
    HASTY,
    LITELLMS_OWN_WARNINGS,
    OPENAI,
    QUICK,
    answer,
    asking,
    models,
    provider,
    refusal,
)

from mycoderai.schemas.chat import ModelAnswer
from mycoderai.schemas.failure import FailureCode
from mycoderai.workers.model.recycle import rss_mb

pytestmark = LITELLMS_OWN_WARNINGS
LIST = Call(name="bash", arguments={"command": "ls"})
BOTH = pytest.mark.parametrize("model", [OPENAI, ANTHROPIC], ids=["openai", "anthropic"])


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    async with provider(monkeypatch) as server:
        yield server


@BOTH
@pytest.mark.parametrize("status", [429, 500, 502, 503, 529])
async def test_what_may_pass_is_asked_again_with_the_same_key(server: ModelServer, model: str, status: int) -> None:
    server.script(Refuse(status=status), Refuse(status=status), Answer(text="hello"))
    assert (await answer(model)).message.content == "hello"
    assert len(server.requests) == 3
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1


@BOTH
@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_is_honoured(server: ModelServer, model: str, as_date: bool) -> None:
    began = time.monotonic()
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=1.9), usegmt=True) if as_date else "1"
    server.script(Refuse(status=429, headers={"Retry-After": later}), Answer(text="hello"))
    await answer(model)
    assert time.monotonic() - began > 0.85


@BOTH
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Refuse(status=401, message="bad key"), FailureCode.MODEL_AUTH),
        (Refuse(status=403), FailureCode.MODEL_AUTH),
        (Refuse(status=404, message="no such model"), FailureCode.UNKNOWN_MODEL),
        (Refuse(status=402), FailureCode.MODEL_QUOTA),
        (Refuse(status=429, code="insufficient_quota", message="used up"), FailureCode.MODEL_QUOTA),
        (Refuse(status=400, message="Your credit balance is too low"), FailureCode.MODEL_QUOTA),
        (Refuse(status=400, code="context_length_exceeded", message="too long"), FailureCode.CONTEXT_OVERFLOW),
        (Refuse(status=400, message="prompt is too long: 9 tokens > 8 maximum"), FailureCode.CONTEXT_OVERFLOW),
        (Refuse(status=400, message="messages.3: wrong shape"), FailureCode.MODEL_ERROR),
        (Refuse(status=429, headers={"Retry-After": "3600"}), FailureCode.MODEL_UNAVAILABLE),
    ],
)
async def test_what_cannot_pass_is_refused_at_once(
    server: ModelServer, model: str, fault: Reply, code: FailureCode
) -> None:
    server.script(fault)
    failure = await refusal(model)
    assert failure.code is code
    assert model in failure.message
    assert len(server.requests) == 1


@BOTH
@pytest.mark.parametrize(
    "fault",
    [Refuse(status=401), Refuse(status=429, code="insufficient_quota"), Refuse(status=500), Hang(reset=True)],
    ids=["auth", "quota", "errors", "reset"],
)
async def test_the_fallback_answers_when_the_model_cannot(server: ModelServer, model: str, fault: Reply) -> None:
    server.otherwise = lambda request: Answer(text="from the other") if request.body["model"] == "other" else fault
    given = await answer(model, fallbacks=("openai/other",))
    assert (given.model, given.message.content) == ("openai/other", "from the other")


async def test_a_full_window_is_not_tried_on_a_fallback(server: ModelServer) -> None:
    server.script(Refuse(status=400, message="prompt is too long"))
    assert (await refusal(fallbacks=("openai/other",))).code is FailureCode.CONTEXT_OVERFLOW


async def test_when_nobody_answers_every_model_is_named(server: ModelServer) -> None:
    server.otherwise = Refuse(status=401)
    failure = await refusal(fallbacks=("openai/other",))
    assert "openai/test" in failure.message
    assert "openai/other" in failure.message


@BOTH
async def test_an_outage_longer_than_the_policy_waits_is_unavailability(server: ModelServer, model: str) -> None:
    server.otherwise = Refuse(status=503)
    failure = await refusal(model, msgspec.structs.replace(QUICK, patience_s=0.8))
    assert failure.code is FailureCode.MODEL_UNAVAILABLE
    assert 2 <= len(server.requests) < 60


@BOTH
async def test_retries_end_with_the_time_of_the_step(server: ModelServer, model: str) -> None:
    server.otherwise = Refuse(status=503)
    began = time.monotonic()
    assert (await refusal(model, seconds_left=0.3)).code is FailureCode.OUT_OF_TIME
    assert time.monotonic() - began < 30, "the policy would wait longer"


@pytest.mark.parametrize("base", ["http://127.0.0.1:1/v1", "http://nowhere.invalid/v1"], ids=["refused", "dns"])
async def test_no_connection_is_unavailability(monkeypatch: pytest.MonkeyPatch, server: ModelServer, base: str) -> None:
    monkeypatch.setenv("OPENAI_API_BASE", base)
    failure = await refusal(OPENAI, msgspec.structs.replace(HASTY, patience_s=0.1))
    assert failure.code is FailureCode.MODEL_UNAVAILABLE


async def test_a_failing_tls_handshake_is_unavailability(monkeypatch: pytest.MonkeyPatch, server: ModelServer) -> None:
    monkeypatch.setenv("OPENAI_API_BASE", server.openai_base.replace("http:", "https:"))
    failure = await refusal(OPENAI, msgspec.structs.replace(HASTY, patience_s=0.1))
    assert failure.code is FailureCode.MODEL_UNAVAILABLE


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        Hang(reset=True),
        Answer(text="hello there, you", events=3, then="reset"),
        Answer(text="hello there, you", events=0, then="cut"),
    ],
    ids=["reset", "reset mid-body", "empty body"],
)
async def test_a_connection_that_breaks_is_asked_again(server: ModelServer, model: str, fault: Reply) -> None:
    server.script(fault, Answer(text="hello"))
    assert (await answer(model)).message.content == "hello"
    assert len(server.requests) == 2


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        Hang(),
        Answer(text="hello there, you", events=3, then="stall"),
        Answer(text="hello there, you", events=3, then="heartbeats"),
        Answer(text="hello there, you", events=0, then="heartbeats"),
    ],
    ids=["silent", "stalls", "only heartbeats", "heartbeats from the start"],
)
async def test_a_connection_that_stalls_is_asked_again(server: ModelServer, model: str, fault: Reply) -> None:
    server.script(fault)
    server.otherwise = Answer(text="hello")
    began = time.monotonic()
    assert (await answer(model, HASTY)).message.content == "hello"
    assert time.monotonic() - began < 30, "less than the whole call may take"


async def test_a_slow_drip_is_stopped_by_the_limit_of_the_call(server: ModelServer) -> None:
    server.script(Answer(text="x" * 400, piece=1, pause_s=0.1))
    server.otherwise = Answer(text="quick")
    assert (await answer(OPENAI, msgspec.structs.replace(QUICK, call_s=0.8))).message.content == "quick"
    await asyncio.wait_for(server.requests[0].left.wait(), WITHIN_S)  # never, were the drip to go on to its end


@BOTH
async def test_cancelling_frees_the_connection_before_the_first_byte(server: ModelServer, model: str) -> None:
    server.script(Hang())
    call = asyncio.create_task(answer(model))
    await assert_freed(await server.arrived(1), call)


@BOTH
async def test_cancelling_frees_the_connection_in_the_middle(server: ModelServer, model: str) -> None:
    server.script(Answer(text="x" * 400, piece=1, pause_s=0.1))
    begun = asyncio.Event()
    call = asyncio.create_task(models().answer(asking(model), lambda _: begun.set()))
    await begun.wait()
    await assert_freed(server.requests[0], call)


async def assert_freed(request: Request, call: asyncio.Task[ModelAnswer]) -> None:
    call.cancel()
    await asyncio.wait_for(request.left.wait(), 30)  # before the limits on the call
    with pytest.raises(asyncio.CancelledError):
        await call


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        Answer(
            text="working on it",
            calls=(
                LIST,
                Call(name="bash", arguments='{"command": "rm -rf /tm'),
            ),
            finish="length",
        ),
        Answer(
            text="working on it",
            calls=(LIST, Call(name="bash", arguments={"command": "rm -rf /tmp/x"})),
            events=-5,
            then="cut",
        ),
    ],
    ids=["length", "cut inside an argument"],
)
async def test_half_a_command_is_never_delivered(server: ModelServer, model: str, fault: Answer) -> None:
    server.script(fault)
    given = await answer(model)
    assert given.finish_reason == "length"
    assert [call.arguments for call in given.message.tool_calls] == ['{"command": "ls"}']


async def test_fifty_slow_answers_do_not_hold_each_other_up(server: ModelServer) -> None:
    server.otherwise = Answer(text="x" * 20, piece=1, pause_s=0.1)
    began, before = time.monotonic(), rss_mb()
    given = await asyncio.gather(*(answer(OPENAI, call=f"1-{number}") for number in range(50)))
    assert {one.message.content for one in given} == {"x" * 20}
    assert time.monotonic() - began < 40, "one after the other they take nearly two minutes"
    assert rss_mb() - before < 60
