"""The executor role: opens sessions, answers for them, closes them when their run ends or nobody asks any more."""

import asyncio
import contextlib
import shutil
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.connect import connect
from mycoderai.broker.log import last
from mycoderai.broker.report import cannot_promise
from mycoderai.broker.request import Served, serve
from mycoderai.schemas.errors import MycoderError, RefusedError
from mycoderai.schemas.execution import (
    CloneRepository,
    CloseSession,
    OpenSession,
    SessionOpened,
    SubmitRequest,
    ToolRequest,
)
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import EXEC_CLONE, EXEC_OPEN, session
from mycoderai.workers.executor.cloning import Cloner
from mycoderai.workers.executor.opening import Opener, work_root
from mycoderai.workers.executor.retiring import WORKSPACE, retire_leftovers
from mycoderai.workers.executor.sandbox import IsolationUnavailable, open_sandbox
from mycoderai.workers.executor.session import Session

IDLE_LIMIT_S = 900.0
SWEEP_S = 60.0
DRAIN_S = 3.0
"""How long commands at work may go on once the executor is told to stop."""
REMEMBERED_ENDS = 1000
log = structlog.get_logger()


class Executor:
    def __init__(self, nc: Client, opener: Opener, cloner: Cloner) -> None:
        self._nc = nc
        self._opener = opener
        self._cloner = cloner
        self._sessions: dict[str, tuple[Session, list[Served]]] = {}
        self._opening: list[Served] = []
        self._ending: set[asyncio.Task[None]] = set()
        self._over: OrderedDict[str, None] = OrderedDict()
        """Runs that ended lately: their agents may not know yet, and ask for a session once more."""

    async def serve(self) -> None:
        self._opening.append(await serve(self._nc, EXEC_OPEN, OpenSession, self.open, queue="executor"))
        clones = await serve(self._nc, EXEC_CLONE, CloneRepository, self._cloner.clone, queue="executor")
        self._opening.append(clones)
        await self._nc.subscribe("log.*.*.run.finished", cb=self._on_finished)

    async def open(self, request: OpenSession) -> SessionOpened:
        if request.run in self._over:
            raise RefusedError(failure(FailureCode.CANCELLED, "The run has ended."))
        opened = await self._opener.open(request)
        id_ = opened.opened.session
        handlers: list[tuple[str, type[Any], Callable[[Any], Awaitable[object]]]] = [
            ("open", OpenSession, opened.again),
            ("tool", ToolRequest, opened.tool),
            ("submit", SubmitRequest, opened.submit),
            ("close", CloseSession, lambda request: self.close(id_, request.reason)),
        ]
        subscriptions = [await serve(self._nc, session(id_, verb), type_, handler) for verb, type_, handler in handlers]
        self._sessions[id_] = (opened, subscriptions)
        log.info("session.opened", run=request.run, step=request.step, session=id_)
        return opened.opened

    async def close(self, id_: str, reason: str) -> dict[str, str]:
        found = self._sessions.pop(id_, None)
        if found is None:
            return {}
        opened, subscriptions = found
        await opened.close()
        for subscription in subscriptions:
            # Not now: the request that asks for closing is being answered on one of them.
            asyncio.get_running_loop().call_later(1, _unsubscribe, subscription)
        log.info("session.closed", run=opened.run, session=id_, reason=reason)
        if await last(self._nc, opened.run_log.run_event("finished")):
            await self._opener.forget(opened.run)
        return {"closed": id_}

    async def stop(self) -> None:
        """Open no more sessions, let calls at work end, and close all."""
        for subscription in self._opening:
            with contextlib.suppress(nats.errors.Error):  # the connection may be what is gone
                await subscription.unsubscribe()
        await asyncio.gather(*(opened.drain(DRAIN_S) for opened, _ in self._sessions.values()))
        await asyncio.gather(*(self.close(id_, "the executor stops") for id_ in list(self._sessions)))

    async def sweep(self) -> None:
        """Close sessions nobody has asked anything of for long."""
        while True:
            await asyncio.sleep(SWEEP_S)
            for id_, (opened, _) in list(self._sessions.items()):
                if not opened.busy and time.monotonic() - opened.used_at > IDLE_LIMIT_S:
                    await self.close(id_, "idle")

    async def _on_finished(self, msg: Msg) -> None:
        self._over[msg.subject.split(".")[2]] = None
        if len(self._over) > REMEMBERED_ENDS:
            self._over.popitem(last=False)
        # A task, because removing one run's files must not hold up the end of another run's commands.
        task = asyncio.create_task(self._end_run(msg.subject.split(".")[2]))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end_run(self, run: str) -> None:
        ids = [id_ for id_, (opened, _) in self._sessions.items() if opened.run == run]
        await asyncio.gather(*(self.close(id_, "the run has ended") for id_ in ids))
        await self._opener.forget(run)


def _unsubscribe(subscription: Served) -> None:
    task = asyncio.ensure_future(subscription.unsubscribe())
    task.add_done_callback(lambda done: done.exception())


async def run_worker(settings: Settings, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Raises MycoderError when this host cannot isolate code and nobody said to trust it."""
    root = work_root(settings.data)
    try:
        sandbox = await open_sandbox(trust_code=settings.trust_code, scratch=root)
    except IsolationUnavailable as err:
        raise MycoderError(f"code cannot be isolated on this host: {err.reason}", err.fix) from err
    nc = await connect(settings, "executor")
    opener = Opener(nc, sandbox, root, settings.data / "environments")
    executor = Executor(nc, opener, Cloner(nc, settings.clone_from))
    sweeping = [asyncio.create_task(executor.sweep()), asyncio.create_task(retire_leftovers(nc, root.parent))]
    try:
        await executor.serve()
        await nc.flush()
        cannot_promise("executor", sandbox.isolation.weaknesses)
        ready()
        log.info("executor.ready", isolation=sandbox.isolation.level)
        await stop.wait()
    finally:
        for task in sweeping:
            task.cancel()
        await executor.stop()
        with contextlib.suppress(nats.errors.Error):
            await nc.flush(2)
        await nc.close()
        if not any(root.glob(f"*/*/{WORKSPACE}")):
            await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)
