"""The rows as Redis keeps them: hashes of rows, and sorted sets to find them by. Knows keys, no rules.

A row's hash is named by its table and the leading part of its key, so that what belongs to one run, or to one place
of items, is read at once. Everything of one build of memory stands under one prefix.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from mycoderai.workers.memory.workbench import Key, Row, Values

ENDED = ("succeeded", "failed", "cancelled")
GOING_ON = ("submitted", "planned", "running")
_GROUPED = {"position": 0, "runs": 0, "items": 2, "writes": 0, "unlearned": 1, "dead": 0}
"""How many of the key's values name the hash; two for all that belongs to a run."""
_AFTER_ANY = b"\xff"
_as_text = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Any]).decode


class Wanted(NamedTuple):
    """Rows of one hash: those of some fields, or all."""

    table: str
    group: tuple[Any, ...]
    fields: Sequence[tuple[Any, ...]] | None = None


class Found(NamedTuple):
    """A row that was written, and what stood there before."""

    key: Key
    now: Values | None
    before: Values | None


class Rows:
    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self.position = self.named("position")

    def named(self, name: str, *parts: Any) -> str:
        return f"{self._prefix}{name}:{text(parts)}" if parts else f"{self._prefix}{name}"

    async def fetch(self, wanted: Iterable[Wanted]) -> list[Row]:
        """In one round trip."""
        asked = [one for one in wanted if one.fields is None or one.fields]
        if not asked:
            return []
        async with self._redis.pipeline(transaction=False) as pipe:
            for one in asked:
                name = self.named(one.table, *one.group)
                pipe.hvals(name) if one.fields is None else pipe.hmget(name, [text(field) for field in one.fields])
            replies = await pipe.execute()
        return [
            Row(one.table, _unpack(value))
            for one, values in zip(asked, replies, strict=True)
            for value in values
            if value
        ]

    async def fields(self, table: str, groups: Sequence[tuple[Any, ...]]) -> list[list[tuple[Any, ...]]]:
        """The keys of a group's rows, without the rows."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for group in groups:
                pipe.hkeys(self.named(table, *group))
            replies = await pipe.execute() if groups else []
        return [[tuple(msgspec.json.decode(field)) for field in fields] for fields in replies]

    async def members(self, name: str) -> list[tuple[Any, ...]]:
        return sorted(tuple(msgspec.json.decode(member)) for member in await self._redis.smembers(name))

    async def runs_from(self, prefix: str, limit: int) -> list[tuple[Any, ...]]:
        """Keys of runs whose id begins so, the oldest id first."""
        first, last = _range(prefix)
        return [_run_of(member) for member in await self._between("ids", (), first, last, limit)]

    async def newest_runs(self, status: str, before: str, limit: int) -> list[tuple[Any, ...]]:
        """Keys of runs, the newest first: those of a status, or all. `before`: the place of a run, itself not."""
        name = self.named("by_status", status) if status else self.named("by_time")
        last = f"({before}" if before else "+"
        found: Any = await self._redis.zrevrangebylex(name, last, "-", start=0, num=limit)
        return [_run_of(member) for member in found]

    async def words_from(self, place: tuple[str, str], beginning: str) -> list[str]:
        first, last = _range(beginning)
        return [word.decode() for word in await self._between("words", place, first, last)]

    async def having(self, names: Sequence[str]) -> list[list[tuple[Any, ...]]]:
        """The members of each set."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.smembers(name)
            replies = await pipe.execute() if names else []
        return [[tuple(msgspec.json.decode(member)) for member in members] for members in replies]

    async def expiring(self, until: str) -> list[tuple[Any, ...]]:
        """Keys of items that expire until then."""
        found = await self._between("expiring", (), b"-", _range(until)[1])
        return [tuple(msgspec.json.decode(member.partition(b"\0")[2])) for member in found]

    async def _between(
        self, name: str, parts: Sequence[Any], first: bytes, last: bytes, limit: int = -1
    ) -> list[bytes]:
        found: Any = await self._redis.zrangebylex(self.named(name, *parts), first, last, start=0, num=limit)
        return list(found)

    def write(self, pipe: Pipeline, key: Key, now: Values | None) -> None:
        name, field = self._where(key)
        if now is None:
            pipe.hdel(name, field)
        else:
            pipe.hset(name, field, _pack(now))

    def _where(self, key: Key) -> tuple[str, str]:
        split = _GROUPED.get(key.table, 2)
        return self.named(key.table, *key.values[:split]), text(key.values[split:])


def text(values: Sequence[Any]) -> str:
    return _as_text(values).decode()


def place_in_time(submitted_at: str, run: str, shard: int) -> str:
    """Sorts as the list of runs does."""
    return f"{submitted_at}\0{run}\0{shard:03}"


def place_of_id(run: str, shard: int) -> str:
    return f"{run}\0{shard:03}"


def _range(beginning: str) -> tuple[bytes, bytes]:
    return b"[" + beginning.encode(), b"[" + beginning.encode() + _AFTER_ANY


def _run_of(member: bytes) -> tuple[str, int]:
    *_, run, shard = member.decode().split("\0")
    return run, int(shard)
