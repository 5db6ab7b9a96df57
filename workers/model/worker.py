"""The model role's service: answers each call id once, stores the answer before giving it."""

import asyncio
import hashlib
from collections.abc import Callable

import structlog
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.log import append, last
from mycoderai.broker.request import serve
from mycoderai.schemas.chat import ModelAnswer, ModelRequest
from mycoderai.schemas.errors import Conflict, MalformedMessage, RefusedError
from mycoderai.schemas.events import ModelAnswered
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MODEL_CHAT, Log
from mycoderai.workers.model.prices import price_of
from mycoderai.workers.model.providers import provider_of
from mycoderai.workers.model.spending import Bill, Spending

log = structlog.get_logger()


class ModelService:
    def __init__(self, nc: Client, spending: Spending) -> None:
        self._nc = nc
        self._spending = spending
        self._running: dict[str, asyncio.Task[ModelAnswer]] = {}

    async def chat(self, request: ModelRequest) -> ModelAnswer:
        """The answer to a call: from the log when it was answered before, from the call under way when there is
        one, else from the model. Raises RefusedError."""
        if not all(map(is_token, (request.run, request.step, request.call))):
            raise RefusedError(Failure(code=FailureCode.BAD_SUBMISSION, message="malformed call id"))
        subject = Log(request.run, request.shard).call(request.step, f"{request.call}-{_fingerprint(request)}")
        task = self._running.get(subject)
        if task is None:
            task = asyncio.create_task(self._answer(subject, request))
            self._running[subject] = task
            task.add_done_callback(lambda _: self._running.pop(subject, None))
        # Shielded: a caller who goes away leaves the call running, and its answer stored for the next one.
        return await asyncio.shield(task)

    async def _answer(self, subject: str, request: ModelRequest) -> ModelAnswer:
        if stored := await self._stored(subject):
            await self._spending.settle_stored(subject, request, stored.usage)
            return stored
        async with self._spending.on(subject, request) as bill:
            return await self._ask(subject, request, bill)

    async def _ask(self, subject: str, request: ModelRequest, bill: Bill) -> ModelAnswer:
        answer = await provider_of(request.model)(request)
        bill.paid(answer.usage)
        event = ModelAnswered(
            call=request.call,
            model=request.model,
            message=answer.message,
            finish_reason=answer.finish_reason,
            usage=answer.usage,
        )
        try:
            await append(self._nc, subject, event, expected=0)
        except Conflict:
            # Another model worker answered the same call first; its answer is the one that counts.
            return await self._stored(subject) or answer
        log.info("model.answered", run=request.run, step=request.step, call=request.call, model=request.model)
        return answer

    async def _stored(self, subject: str) -> ModelAnswer | None:
        raw = await last(self._nc, subject)
        if raw is None:
            return None
        try:
            event = raw.parse().event
        except MalformedMessage as err:
            log.warning("model.stored_answer_unreadable", subject=subject, error=err.message)
            return None
        if not isinstance(event, ModelAnswered):
            return None
        return ModelAnswer(message=event.message, finish_reason="tool_calls", usage=event.usage)


def _fingerprint(request: ModelRequest) -> str:
    # The same turn may be asked again with another history, when an executor was lost and a tool call answered
    # differently; that is another call.
    digest = hashlib.blake2b(digest_size=8)
    for message in request.messages:
        digest.update(f"{message.role}\0{message.content}\0{message.tool_call_id}\0".encode())
        for call in message.tool_calls:
            digest.update(f"{call.id}\0{call.name}\0{call.arguments}\0".encode())
    return digest.hexdigest()


async def run_worker(settings: Settings, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    nc = await connect(settings, "model")
    service = ModelService(nc, Spending(nc, settings, price_of))
    await serve(nc, MODEL_CHAT, ModelRequest, service.chat, queue="model")
    await nc.flush()
    ready()
    await stop.wait()
    await nc.close()
