"""Real litellm over real HTTP, in the test's own process: one thread of it for all tests, as in a worker."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from model_server import Answer, ModelServer

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest, ToolSpec
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.settings import Settings
from mycoderai.workers.model.litellm_thread import LitellmThread
from mycoderai.workers.model.policy import Policy
from mycoderai.workers.model.providers import Models

LITELLMS_OWN_WARNINGS = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),  # clients it replaces, at the next collection
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
THREAD = LitellmThread()
OPENAI = "openai/test"
ANTHROPIC = "anthropic/claude-sonnet-4-5"
OLLAMA = "ollama_chat/test"
QUICK = Policy(
    first_s=100.0,
    between_s=100.0,
    call_s=100.0,
    total_s=100.0,
    patience_s=100.0,
    patience_with_fallback_s=0.4,
    first_pause_s=0.02,
    longest_pause_s=0.1,
)
"""Asks again soon, but takes no host that is slow for a provider that fails."""
HASTY = msgspec.structs.replace(QUICK, first_s=1.0, between_s=0.5)
"""Takes any silence for a failure, a pause of this host too: how often it asks is not said."""
BASH = ToolSpec(
    name="bash",
    description="Run a command.",
    parameters={
        "type": "object",
        "properties": {"command": {"type": "string"}, "timeout_s": {"type": "number"}},
        "required": ["command"],
    },
)
ASKED = (Message(role="system", content="You repair code."), Message(role="user", content="Fix the tests."))


def asking(model: str, **changes: Any) -> ModelRequest:
    fields = {"call": "1-1", "run": "run", "step": "main", "messages": ASKED, "tools": (BASH,), "seconds_left": 100.0}
    return ModelRequest(**{**fields, "model": model, **changes})


def models(policy: Policy = QUICK, **settings: Any) -> Models:
    return Models(Settings(**settings), policy, THREAD)


async def answer(model: str = OPENAI, policy: Policy = QUICK, **changes: Any) -> ModelAnswer:
    return await models(policy).answer(asking(model, **changes))


async def refusal(model: str = OPENAI, policy: Policy = QUICK, **changes: Any) -> Failure:
    try:
        given = await answer(model, policy, **changes)
    except RefusedError as err:
        return err.failure
    raise AssertionError(f"it was answered: {given}")


_loaded: list[ModelServer] = []


@contextlib.asynccontextmanager
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    """A server that takes the place of the providers, with litellm loaded: some time-outs of tests are short beside
    what that takes."""
    async with ModelServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        if not _loaded:
            _loaded.append(server)
            await _load(server)
        yield server


async def _load(server: ModelServer) -> None:
    for model in (OPENAI, ANTHROPIC, OLLAMA):
        server.script(Answer(text="hello"))
        await answer(model)
    server.requests.clear()
