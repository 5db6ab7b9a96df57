"""The model role's service: answers each call id once, stores the answer before giving it."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.connect import connect
from mycoderai.broker.log import append, last
from mycoderai.broker.metrics import MODEL_CALLS, MODEL_COST, MODEL_TOKENS
from mycoderai.broker.request import Served, serve
from mycoderai.broker.tasks import all_or_none, end
from mycoderai.schemas.chat import ModelAnswer, ModelRequest, Usage
from mycoderai.schemas.errors import Conflict, MalformedMessage, RefusedError
from mycoderai.schemas.events import ModelAnswered
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MODEL_CHAT, Log
from mycoderai.workers.model.bill import Bill
from mycoderai.workers.model.identity import fingerprint
from mycoderai.workers.model.live import Deltas
from mycoderai.workers.model.providers import Models
from mycoderai.workers.model.recycle import until_stopped_or_too_large
from mycoderai.workers.model.replayed import Recordings
from mycoderai.workers.model.spending import Spending

REMEMBERED_ENDS = 1000
LET_GO_S = 30.0
"""How long a process that is recycled waits for its calls."""
log = structlog.get_logger()


class ModelService:
    def __init__(self, nc: Client, spending: Spending, models: Models, shards: int = 1) -> None:
        self._nc = nc
        self._shards = shards
        self._spending = spending
        self._models = models
        self._recordings = Recordings(nc)
        self._running: dict[str, asyncio.Task[ModelAnswer]] = {}
        self._ended: deque[str] = deque(maxlen=REMEMBERED_ENDS)
        """Runs that were seen to finish: nobody wants their answers any more."""

    async def chat(self, request: ModelRequest) -> ModelAnswer:
        """The answer to a call: from the log when it was answered before, from the call under way when there is
        one, else from the model. Raises RefusedError."""
        if not all(map(is_token, (request.run, request.step, request.call))):
            raise RefusedError(Failure(code=FailureCode.BAD_SUBMISSION, message="malformed call id"))
        if request.shard != shard_of(request.run, self._shards):
            why = f"shard {request.shard} does not hold run {request.run}"
            raise RefusedError(Failure(code=FailureCode.BAD_SUBMISSION, message=why))
        if request.run in self._ended:
            raise RefusedError(failure(FailureCode.CANCELLED, "The run has ended."))
        subject = Log(request.run, request.shard).call(request.step, f"{request.call}-{fingerprint(request)}")
        task = self._running.get(subject)
        if task is None:
            task = asyncio.create_task(self._answer(subject, request), name=request.run)
            self._running[subject] = task
            task.add_done_callback(lambda _: self._running.pop(subject, None))
        # Waited for, not awaited: a caller who goes away leaves the call running, and its answer stored for the next.
        await asyncio.wait({task})
        if task.cancelled():
            raise RefusedError(failure(FailureCode.CANCELLED, "The run ended while its model was asked."))
        return task.result()

    async def run_finished(self, msg: Msg) -> None:
        """Stop the calls of a run that has ended: they cost money."""
        run = msg.subject.split(".")[2]
        self._ended.append(run)
        await end([task for task in self._running.values() if task.get_name() == run])

    def is_idle(self) -> bool:
        return not self._running

    async def _answer(self, subject: str, request: ModelRequest) -> ModelAnswer:
        if request.replay:
            stored = await self._stored(subject)
            return stored or await self._store(subject, request, await self._recordings.answer(request))
        if stored := await self._stored(subject):
            await self._spending.settle_stored(subject, request, stored.usage)
            return stored
        async with self._spending.on(subject, request) as bill:
            return await self._ask(subject, request, bill)

    async def _ask(self, subject: str, request: ModelRequest, bill: Bill) -> ModelAnswer:
        deltas = Deltas(self._nc, request)
        answer = await self._models.answer(request, deltas.tell, bill.covering)
        bill.paid(answer.usage)
        _count(answer.model or request.model, answer.usage)
        # Side by side: what was paid is paid, whether or not its answer can be stored.
        stored: ModelAnswer
        stored, _ = await all_or_none(self._store(subject, request, answer), bill.close())
        return stored

    async def _store(self, subject: str, request: ModelRequest, answer: ModelAnswer) -> ModelAnswer:
        event = ModelAnswered(
            call=request.call,
            model=answer.model or request.model,
            message=answer.message,
            finish_reason=answer.finish_reason,
            usage=answer.usage,
        )
        try:
            await append(self._nc, subject, event, expected=0)
        except Conflict:
            # Another model worker answered the same call first; its answer is the one that counts.
            return await self._stored(subject) or answer
        log.info("model.answered", run=request.run, step=request.step, call=request.call, model=event.model)
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
        return ModelAnswer(
            model=event.model, message=event.message, finish_reason=event.finish_reason, usage=event.usage
        )


def _count(model: str, usage: Usage) -> None:
    MODEL_CALLS.add(model)
    MODEL_TOKENS.add(model, "input", amount=usage.input_tokens)
    MODEL_TOKENS.add(model, "output", amount=usage.output_tokens)
    MODEL_TOKENS.add(model, "cached", amount=usage.cached_tokens)
    MODEL_COST.add(model, amount=usage.cost_usd or 0.0)


async def run_worker(settings: Settings, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    nc = await connect(settings, "model")
    models = Models(settings)
    service = ModelService(nc, Spending(nc, settings, models.price_of), models, settings.shards)
    await nc.subscribe("log.*.*.run.finished", cb=service.run_finished)
    requests = await serve(nc, MODEL_CHAT, ModelRequest, service.chat, queue="model")
    await nc.flush()
    ready()
    await until_stopped_or_too_large(stop, settings.model_memory_mb, service.is_idle)
    if not stop.is_set():
        await _let_go(nc, requests)
        stop.set()  # ends the process, with whatever roles share it
    await models.close()
    await nc.close()


async def _let_go(nc: Client, requests: Served) -> None:
    """Take no more requests and answer those that came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LET_GO_S):
            await requests.drain()
    await nc.flush()
