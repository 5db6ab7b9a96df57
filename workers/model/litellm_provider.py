"""Any model litellm can call: one request, streamed, watched and read."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mycoderai.schemas.chat import FinishReason, Message, ModelAnswer, ModelRequest, ToolCall
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.schemas.settings import ModelSettings, Settings
from mycoderai.workers.model import text_calls, wire
from mycoderai.workers.model.assemble import Said
from mycoderai.workers.model.faults import Kind, ProviderFault, fault_of
from mycoderai.workers.model.identity import idempotency_key
from mycoderai.workers.model.litellm_thread import LitellmThread
from mycoderai.workers.model.policy import Policy
from mycoderai.workers.model.prices import Prices
from mycoderai.workers.model.room import Room, room_of
from mycoderai.workers.model.tool_calls import repaired
from mycoderai.workers.model.usage import Lengths, usage_of

Tell = Callable[[str], None]
"""Hears the text of an answer as it comes."""
_FINISH: Mapping[str, FinishReason] = {
    "length": "length",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "content_filter": "refusal",
    "refusal": "refusal",
}


_SIMPLER = frozenset({Kind.NO_TOOLS, Kind.NO_THOUGHTS})
"""Refusals after which the same is asked in a simpler form: tools told in text, no thinking asked for or sent back."""


class LitellmProvider:
    def __init__(self, thread: LitellmThread, prices: Prices, policy: Policy, settings: Settings) -> None:
        self._thread = thread
        self._prices = prices
        self._policy = policy
        self._own = settings.models
        self._textual = set(settings.text_tool_models)
        """Models without native tools, as far as it is known."""

    async def answer(self, request: ModelRequest, tell: Tell) -> ModelAnswer:
        """Raises RefusedError, ProviderFault."""
        loop = asyncio.get_running_loop()

        def tell_there(text: str) -> None:
            loop.call_soon_threadsafe(tell, text)

        return await self._thread.run(lambda litellm: self._answer(litellm, request, tell_there))

    async def _answer(self, litellm: Any, request: ModelRequest, tell: Tell) -> ModelAnswer:
        _check(litellm, request.model)
        without = frozenset({Kind.NO_TOOLS} if request.model in self._textual else ())
        while True:
            try:
                return await self._once(litellm, request, tell, without)
            except ProviderFault as err:
                if err.kind is Kind.REFUSED:
                    return _declined(err)
                if err.kind not in _SIMPLER - without:
                    raise
                without |= {err.kind}
            if Kind.NO_TOOLS in without:
                self._textual.add(request.model)

    async def _once(self, litellm: Any, request: ModelRequest, tell: Tell, without: frozenset[Kind]) -> ModelAnswer:
        own = self._own.get(request.model, ModelSettings())
        room = room_of(request.model, litellm.model_cost, own.context_window)
        arguments = _arguments(request, room, own, without)
        said = await _listen(litellm, arguments, self._policy, tell)
        if not said.finish and not said.length:
            raise ProviderFault(Kind.UNAVAILABLE, "the answer broke off before it said anything", billed=True)
        prompt = len(msgspec.json.encode(arguments["messages"]))
        usage = usage_of(said.usage, Lengths(prompt, said.length, said.thoughts.length))
        usage = msgspec.structs.replace(usage, context_window=room.window)
        billed = self._prices.billed(litellm, request.model, usage)
        return msgspec.structs.replace(_read(said, request), usage=billed)


def _check(litellm: Any, model: str) -> None:
    """Raises RefusedError for what cannot be called however often it is tried."""
    provider = model.partition("/")[0]
    if provider not in litellm.provider_list:
        raise RefusedError(unknown_model(model))
    if provider.startswith("ollama"):
        # Otherwise litellm asks the server for prices, in the way of everything else.
        free = {"litellm_provider": provider, "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0}
        litellm.model_cost.setdefault(model, {**free, "supports_function_calling": True})
    missing = litellm.validate_environment(model)["missing_keys"]
    if missing and all(name.endswith("_API_KEY") for name in missing):
        names = " or ".join(missing)
        message = f"{model} needs {names}, which is not set where the model worker runs."
        fix = f"export {missing[0]}=… (any text if the endpoint needs none), then start the fleet again"
        raise RefusedError(failure(FailureCode.MODEL_AUTH, message, fix))


def unknown_model(model: str) -> Failure:
    known = "offline/repair, scripted:FILE, and PROVIDER/NAME of any provider litellm knows"
    examples = "openai/NAME, anthropic/NAME, ollama_chat/NAME"
    message = f"There is no model {model!r}. Known models: {known}, such as {examples}."
    return failure(FailureCode.UNKNOWN_MODEL, message, "mycoder run … --model offline/repair")


def _arguments(request: ModelRequest, room: Room, own: ModelSettings, without: frozenset[Kind]) -> dict[str, Any]:
    thinks, textual = Kind.NO_THOUGHTS not in without, Kind.NO_TOOLS in without
    tools = wire.functions(request.tools)
    whose = request.model if thinks else ""
    messages = wire.textual(request.messages, request.tools) if textual else wire.native(request.messages, whose)
    if request.model.startswith("anthropic/") or "claude" in request.model:
        messages = wire.marked(messages)
    return {
        "model": request.model,
        "messages": messages,
        "max_tokens": room.output,
        "extra_headers": {"Idempotency-Key": idempotency_key(request)},
        **({"tools": tools} if tools and not textual else {}),
        **(_effort(own.reasoning_effort) if thinks and own.reasoning_effort else {}),
        **_window(request.model, own.context_window),
    }


def _effort(effort: str) -> dict[str, Any]:
    # litellm refuses it itself for models of which it does not know that they think.
    return {"reasoning_effort": effort, "allowed_openai_params": ["reasoning_effort"]}


def _window(model: str, own_window: int) -> dict[str, Any]:
    # Ollama takes what a request says, else a few thousand, and drops the rest of the conversation without a word.
    return {"num_ctx": own_window} if own_window and model.startswith("ollama") else {}


async def _listen(litellm: Any, arguments: dict[str, Any], policy: Policy, tell: Tell) -> Said:
    """The answer as far as it came, within the policy's time. Raises ProviderFault."""
    clock = asyncio.get_running_loop().time
    end, said, stream = clock() + policy.call_s, Said(), None
    try:
        async with asyncio.timeout(min(policy.first_s, policy.call_s)) as patience:
            stream = await litellm.acompletion(**arguments, **_ALWAYS, timeout=policy.call_s)
            async for chunk in stream:
                before = said.received
                if text := said.take(chunk.model_dump(exclude_none=True)):
                    tell(text)
                if said.received > before:
                    patience.reschedule(min(clock() + policy.between_s, end))
    except TimeoutError as err:
        if stream is None or not stream.received_finish_reason:
            what = f"no more came within {policy.between_s:g} s" if said.received else "no answer began in time"
            message = what if clock() < end else "the answer took too long"
            raise ProviderFault(Kind.UNAVAILABLE, message, billed=True) from err
    except Exception as err:
        fault = fault_of(err)
        fault.billed = bool(said.received)
        raise fault from err
    finally:
        if stream is not None:
            await stream.aclose()
    _end(said, stream)
    return said


_ALWAYS: Mapping[str, Any] = {
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_retries": 0,
    "num_retries": 0,
    # Any call with tools would import the parts for MCP otherwise, which are not installed.
    "_skip_mcp_handler": True,
}


def _end(said: Said, stream: Any) -> None:
    # litellm makes a last chunk with "stop" and a count of its own up where the provider sent none. What the
    # provider itself sent is in these attributes.
    said.finish = stream.received_finish_reason or ""
    for chunk in stream.chunks:
        if usage := getattr(chunk, "usage", None):
            said.usage = usage.model_dump(exclude_none=True)


def _read(said: Said, request: ModelRequest) -> ModelAnswer:
    ending = _FINISH.get(said.finish) if said.finish else "length"
    text, calls = said.text, said.calls
    if not calls and request.tools:
        text, written = text_calls.parse(text, request.tools)
        calls = [ToolCall(id="", name=name, arguments=msgspec.json.encode(value).decode()) for name, value in written]
    taken = {call.id for message in request.messages for call in message.tool_calls}
    kept = repaired(calls, request.call, cut_off=ending == "length", taken=taken)
    reasoning = said.thoughts.all_of(request.model)
    message = Message(role="assistant", content=text, reasoning=reasoning, tool_calls=kept)
    return ModelAnswer(message=message, finish_reason=ending or ("tool_calls" if kept else "stop"))


def _declined(fault: ProviderFault) -> ModelAnswer:
    message = Message(role="assistant", content=f"The provider declined: {fault.message}")
    return ModelAnswer(message=message, finish_reason="refusal")
