"""The repository on Redis, shared by every memory worker that names it.

Rows and positions move in one transaction that goes through only if nobody else has moved a position since the rows
were read; so each message is applied once, whichever worker is first, and the others find that it was done. Redis may
lose what it had, wholly or from a moment on: what is missing is read from the log again.

The rows of one build of memory stand under one number. To build memory anew, the number is raised, and everybody who
goes by the old one begins again with the new.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import AuthenticationError, RedisError, ResponseError, WatchError

from mycoderai.schemas.errors import ConfigError, TransientError
from mycoderai.schemas.memory import Answer, ListRuns, MemoryStats, Stats
from mycoderai.schemas.notes import AnyQuery, Written
from mycoderai.workers.memory import statements as sql
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.batch import How, bring_up, once_or_twice, position_of
from mycoderai.workers.memory.costs import TABLES
from mycoderai.workers.memory.file import SCHEMA_VERSION
from mycoderai.workers.memory.items import outcome_of
from mycoderai.workers.memory.position import Position
from mycoderai.workers.memory.redis_index import Index
from mycoderai.workers.memory.redis_reads import for_batch, for_query, is_filtered, searched
from mycoderai.workers.memory.redis_rows import ENDED, GOING_ON, Found, Rows, Wanted
from mycoderai.workers.memory.repository import Batch, BegunAnew, Letter
from mycoderai.workers.memory.runs import list_runs
from mycoderai.workers.memory.workbench import Key, Row, Workbench

PREFIX = f"mycoder:memory:v{SCHEMA_VERSION}:"
"""Versions that write other rows live side by side."""
TRIES = 50
"""Others may be faster so often; each time somebody got on."""
TIMEOUT_S = 5.0
Result = TypeVar("Result")
log = structlog.get_logger()


class Words(NamedTuple):
    key: Key
    now: set[str]
    before: set[str]


class Outcome(NamedTuple):
    rejected: int
    rows: list[Found]
    words: list[Words]


class RedisStore:
    """Use `open_redis`."""

    def __init__(self, redis: Redis, build: int) -> None:
        self._redis = redis
        self._build = build
        self._bench = Workbench()
        self._rows = Rows(redis, f"{PREFIX}{build}:")
        self._index = Index(self._rows, self._bench.columns)
        self._working = asyncio.Lock()

    async def position(self, stream: str) -> Position:
        """Raises BegunAnew when somebody builds memory anew."""
        async with _errors():
            await self._check_build(self._redis)
            rows = await self._rows.fetch([Wanted("position", ())])
            return await self._at_bench(rows, lambda db: position_of(db, stream))

    async def apply(self, batch: Batch) -> int:
        async def once(pipe: Pipeline) -> int:
            rows = await for_batch(self._rows, self._bench, batch)
            outcome = await self._brought_up(rows, batch)
            _begin(pipe)
            self._write(pipe, outcome)
            await pipe.execute()
            return outcome.rejected

        return await self._undisturbed(once)

    async def letters(self, limit: int) -> list[Letter]:
        async with _errors():
            waiting = (await self._rows.members(self._rows.named("waiting")))[:limit]
            rows = await self._rows.fetch([Wanted("dead", (), waiting)])
            work = lambda db: [Letter(*row) for row in db.execute(sql.DEAD_WAITING, (limit,))]  # noqa: E731
            return await self._at_bench(rows, work)

    async def sent(self, letters: Sequence[Letter]) -> None:
        async def once(pipe: Pipeline) -> None:
            keys = [(letter.stream, letter.seq) for letter in letters]
            rows = await self._rows.fetch([Wanted("dead", (), keys)])
            outcome = await self._at_bench(rows, lambda db: self._marked(db, rows, keys))
            _begin(pipe)
            self._write(pipe, outcome)
            await pipe.execute()

        if letters:
            await self._undisturbed(once)

    async def answer(self, query: AnyQuery) -> Answer:
        async def once(pipe: Pipeline) -> Answer:
            if isinstance(query, Stats):
                found: Answer = await self._stats()
            elif isinstance(query, ListRuns) and is_filtered(query):
                rows, ended = await searched(self._rows, self._bench, query)
                found = await self._at_bench(rows, lambda db: list_runs(db, query, ended))
            else:
                rows = await for_query(self._rows, self._bench, query)
                found = await self._at_bench(rows, lambda db: answer(db, query))
            _begin(pipe)
            pipe.ping()
            await pipe.execute()
            return found

        return await self._undisturbed(once)

    async def outcome(self, writer: str, id_: str) -> Written | None:
        async with _errors():
            rows = await self._rows.fetch([Wanted("writes", (), [(writer, id_)])])
            return await self._at_bench(rows, lambda db: outcome_of(db, writer, id_))

    async def discard(self, why: str, reason: str) -> None:
        """Whoever says so first raises the number; what stood under the old one is removed."""
        try:
            async with _errors():
                await self._begin_anew(reason)
        except TransientError as err:
            log.warning("memory.waits", error=str(err))  # found out once more when Redis is there again
        finally:
            await self.close()

    async def _begin_anew(self, reason: str) -> None:
        async with self._redis.pipeline() as pipe:
            await pipe.watch(_NUMBER)
            if int(await pipe.get(_NUMBER) or 0) == self._build:
                _begin(pipe)
                pipe.incr(_NUMBER)
                with contextlib.suppress(WatchError):
                    await pipe.execute()
        log.warning("memory.put_aside", build=self._build, reason=reason)
        async for key in self._redis.scan_iter(f"{PREFIX}{self._build}:*", count=1000):
            await self._redis.unlink(key)

    async def close(self) -> None:
        self._bench.close()
        await self._redis.aclose()

    async def _undisturbed(self, once: Callable[[Pipeline], Awaitable[Result]]) -> Result:
        """What `once` makes of one state of the rows: while it reads and writes, nobody moves a position."""
        async with _errors():
            for _ in range(TRIES):
                async with self._redis.pipeline() as pipe:
                    await pipe.watch(_NUMBER, self._rows.position)
                    await self._check_build(pipe)
                    with contextlib.suppress(WatchError):
                        return await once(pipe)
        raise TransientError("other memory workers were faster all the time")

    async def _check_build(self, redis: Redis) -> None:
        if int(await redis.get(_NUMBER) or 0) != self._build:
            raise BegunAnew("another worker builds memory anew")

    async def _at_bench(self, rows: Sequence[Row], work: Callable[[sqlite3.Connection], Result]) -> Result:
        async with self._working:
            return await asyncio.to_thread(self._bench.with_rows, rows, work)

    def _write(self, pipe: Pipeline, outcome: Outcome) -> None:
        for found in outcome.rows:
            self._rows.write(pipe, found.key, found.now)
            self._index.write(pipe, found)
        for key, now, before in outcome.words:
            self._index.words(pipe, key, now, before)

    def _marked(self, db: sqlite3.Connection, rows: Sequence[Row], keys: Sequence[tuple[str, int]]) -> Outcome:
        db.executemany(sql.DEAD_PUBLISHED, keys)
        return Outcome(0, self._found(rows), [])

    async def _brought_up(self, rows: Sequence[Row], batch: Batch) -> Outcome:
        def with_rows(how: How) -> Outcome:
            return self._bench.with_rows(rows, lambda db: self._outcome(db, rows, batch, how))

        async with self._working:
            return await asyncio.to_thread(once_or_twice, with_rows)

    def _outcome(self, db: sqlite3.Connection, rows: Sequence[Row], batch: Batch, how: How) -> Outcome:
        before = self._bench.words()
        rejected = bring_up(db, batch, how)
        found, now = self._found(rows), self._bench.words()
        items = {key for key, *_ in found if key.table == "items" and not key.values[3]}
        words = [Words(key, now.get(key, set()), before.get(key, set())) for key in items]
        return Outcome(rejected, found, words)

    def _found(self, rows: Sequence[Row]) -> list[Found]:
        loaded = {self._bench.key_of(row): row.values for row in rows}
        return [Found(key, now, loaded.get(key)) for key, now in self._bench.changes()]

    async def _stats(self) -> MemoryStats:
        async with self._redis.pipeline(transaction=False) as pipe:
            for status in (*GOING_ON, *ENDED):
                pipe.zcard(self._rows.named("by_status", status))
            pipe.hgetall(self._rows.named("counts"))
            pipe.scard(self._rows.named("waiting"))
            pipe.info("memory")
            *runs, counts, waiting, used = await pipe.execute()
        positions = await self._rows.fetch([Wanted("position", ())])
        return MemoryStats(
            runs={status: count for status, count in zip((*GOING_ON, *ENDED), runs, strict=True) if count},
            positions=dict(sorted((row.values[0], row.values[1]) for row in positions)),
            rows={table: int(counts.get(table.encode(), 0)) for table in TABLES},
            dead_unpublished=waiting,
            file_bytes=used["used_memory"],
            schema_version=SCHEMA_VERSION,
        )


_NUMBER = f"{PREFIX}build"


async def open_redis(url: str) -> RedisStore:
    """Raises ConfigError when the address, the password or the policy of the server is not right, TransientError when
    it is not there now."""
    try:
        redis = Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S)
    except ValueError as err:
        raise ConfigError(f"MYCODER_REDIS_URL is not an address of Redis: {err}", "redis://host:6379/0") from err
    try:
        async with _errors():
            await _check_policy(redis)
            return RedisStore(redis, int(await redis.get(_NUMBER) or 0))
    except BaseException:
        await redis.aclose()
        raise


def _begin(pipe: Pipeline) -> None:
    """From here on, commands are queued until `execute`."""
    pipe.multi()  # type: ignore[no-untyped-call]


async def _check_policy(redis: Redis) -> None:
    try:
        policy = (await redis.config_get("maxmemory-policy")).get("maxmemory-policy", "noeviction")
    except ResponseError:
        return  # a hosted Redis that does not tell
    if policy != "noeviction":
        raise ConfigError(
            f"Redis may throw rows of memory away (maxmemory-policy is {policy})", "set maxmemory-policy to noeviction"
        )


@contextlib.asynccontextmanager
async def _errors() -> AsyncIterator[None]:
    try:
        yield
    except AuthenticationError as err:
        raise ConfigError(f"Redis refuses us: {err}", "name user and password in MYCODER_REDIS_URL") from err
    except (RedisError, OSError) as err:
        raise TransientError(f"Redis is not usable now: {err}") from err
