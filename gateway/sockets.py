"""Socket.IO on the default namespace: what a browser may say, and what it gets.

    subscribe {run?, after_seq?}   acked with {ok: true, data} or {ok: false, error: {code, message, fix}}
    unsubscribe {run?}             acked alike

Without `run`, the list: data is {runs, more, seq}, and `runs` events carry the lines that changed.
With `run`, one run: `event` events carry its log. `after_seq` resumes there; without it, data holds a snapshot
(`detail`, `turns`) and the events past its `seq` follow. A cursor the log does not reach is answered with a
snapshot too. The ack comes before the first event.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import socketio
import structlog
from nats.aio.client import Client

from mycoderai.broker.log import read
from mycoderai.broker.metrics import CLIENTS
from mycoderai.gateway import wire
from mycoderai.gateway.access import Access
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.outbox import make_outbox
from mycoderai.gateway.problem import Problem, as_problem, token_needed
from mycoderai.gateway.run_list import RunList
from mycoderai.gateway.run_log import RunLog
from mycoderai.gateway.sources import Source, Sources
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.memory import RunDetail
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log, stream_of

RUNS = "runs"
MOST_WATCHED = 16
"""Rooms one connection may be in."""
MOST_CLIENTS = 500
MOST_BYTES_IN = 64 << 10
log = structlog.get_logger()

Reply = dict[str, Any]
_Handler = Callable[[str, dict[str, Any]], Awaitable[Reply]]


class Sockets:
    """The rooms and who is in them."""

    def __init__(self, nc: Client, settings: Settings, access: Access) -> None:
        self._nc = nc
        self._settings = settings
        self._access = access
        self._memory = Memory(nc)
        self._sources = Sources()
        self._watching: dict[str, dict[str, asyncio.Task[None]]] = {}
        self.server = _server()
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("subscribe", self._answering(self._subscribe))
        self.server.on("unsubscribe", self._answering(self._unsubscribe))

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        offered = auth.get("token") if isinstance(auth, dict) else None
        cookies, authorization = environ.get("HTTP_COOKIE", ""), environ.get("HTTP_AUTHORIZATION", "")
        if not (self._access.knows(offered) or self._access.admits(cookies=cookies, authorization=authorization)):
            raise socketio.exceptions.ConnectionRefusedError("token_needed", token_needed().fields)
        if len(self._watching) >= MOST_CLIENTS:
            full = Problem(503, "too_many_clients", f"{MOST_CLIENTS} browsers are connected", "close some")
            raise socketio.exceptions.ConnectionRefusedError(full.code, full.fields)
        self._watching[sid] = {}
        CLIENTS.set(len(self._watching))

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        for task in self._watching.pop(sid, {}).values():
            task.cancel()
        CLIENTS.set(len(self._watching))

    async def _subscribe(self, sid: str, asked: dict[str, Any]) -> Reply:
        run, after_seq = _room(asked), asked.get("after_seq")
        if after_seq is not None and (type(after_seq) is not int or after_seq < 0):
            raise Problem(400, "bad_request", "after_seq is not a sequence number")
        return await (self._watch_run(sid, run, after_seq) if run else self._watch_list(sid))

    async def _unsubscribe(self, sid: str, asked: dict[str, Any]) -> Reply:
        await self._leave(sid, _key(_room(asked)))
        return {}

    async def _watch_list(self, sid: str) -> Reply:
        runs = self._sources.open(RUNS, lambda: RunList(self._nc, self._memory))
        try:
            cursor, lines = await runs.snapshot()
            await self._enter(sid, RUNS, RUNS, runs, cursor)
        finally:
            self._sources.close(RUNS)
        return {"runs": [wire.plain(line) for line in lines], "seq": cursor}

    async def _watch_run(self, sid: str, asked: str, after_seq: int | None) -> Reply:
        detail = await self._find(asked, after_seq or 0)
        run, shard = detail.run.run, detail.run.shard
        data: Reply = {"run": run, "seq": after_seq}
        if after_seq is None or not detail.fresh:
            turns = await self._memory.last_turns(run)
            data |= {"seq": detail.applied, "detail": wire.plain(detail), "turns": wire.plain(turns)}
        key = _key(run)
        events = self._sources.open(key, lambda: RunLog(self._nc, Log(run, shard), detail.applied))
        try:
            await self._enter(sid, key, "event", events, data["seq"])
        finally:
            self._sources.close(key)
        return data

    async def _find(self, asked: str, min_seq: int) -> RunDetail:
        """The run, by its id or the beginning of it, as memory knows it once it has applied `min_seq`."""
        shard = shard_of(asked, self._settings.shards)
        try:
            detail = await self._memory.run(asked, shard, min_seq)
        except RefusedError as err:
            first = await read(self._nc, stream_of(shard), Log(asked, shard).all, limit=1)
            if err.failure.code is not FailureCode.UNKNOWN_RUN or not first:
                raise
            # It has just been submitted, and memory has not come to it yet.
            return await self._memory.run(asked, shard, first[0].seq)
        if detail.run.shard != shard:  # only the whole id tells where its log is
            return await self._memory.run(detail.run.run, detail.run.shard, min_seq)
        return detail

    async def _enter(self, sid: str, key: str, event: str, source: Source, cursor: int) -> None:
        await self._leave(sid, key)
        watching = self._watching.get(sid)
        if watching is None:  # it left while memory was asked
            raise Problem(400, "disconnected", "the connection is gone")
        if len(watching) >= MOST_WATCHED:
            raise Problem(400, "too_many_subscriptions", f"one connection watches at most {MOST_WATCHED} things")
        self._sources.open(key, lambda: source)
        # The feed runs at the next wait, and the ack is queued before that.
        feed = watching[key] = asyncio.create_task(self._feed(sid, event, source, cursor), name=f"feed {key}")
        feed.add_done_callback(lambda _: self._sources.close(key))
        await self.server.enter_room(sid, key)

    async def _leave(self, sid: str, key: str) -> None:
        feed = self._watching.get(sid, {}).pop(key, None)
        if feed:
            feed.cancel()
            await self.server.leave_room(sid, key)

    async def _feed(self, sid: str, event: str, source: Source, cursor: int) -> None:
        """Send what is past the cursor, as fast as the client takes it."""
        while True:
            cursor, payloads = await source.after(cursor)
            for payload in payloads:
                await self.server.emit(event, payload, to=sid)

    def _answering(self, handler: _Handler) -> Callable[..., Awaitable[Reply]]:
        """The ack of a command: its data, or what went wrong."""

        async def answer(sid: str, asked: object = None, *more: object) -> Reply:
            try:
                return {"ok": True, "data": await handler(sid, asked if isinstance(asked, dict) else {})}
            except Exception as err:
                problem = as_problem(err)
                if problem is None:
                    log.exception("gateway.bug")
                    problem = Problem(500, "bug", f"{type(err).__name__} in the gateway", "read the gateway's log")
                return {"ok": False, "error": problem.fields}

        return answer


def _server() -> Any:
    server = socketio.AsyncServer(
        async_mode="asgi",
        transports=["websocket"],
        cors_allowed_origins=[],  # the guard has checked the origin
        max_http_buffer_size=MOST_BYTES_IN,
        ping_interval=10,
        ping_timeout=10,
        namespaces=["/"],
    )
    server.eio.create_queue = make_outbox
    return server


def _room(asked: dict[str, Any]) -> str:
    run = asked.get("run") or ""
    if not isinstance(run, str) or (run and not is_token(run)):
        raise Problem(400, "bad_request", "that is not a run's id", "mycoder ls shows the runs")
    return run


def _key(run: str) -> str:
    return f"run:{run}" if run else RUNS
