"""What is kept beside the rows in Redis so that they are found: written with them, in the same transaction."""

from collections.abc import Mapping
from typing import Any

import msgspec
from redis.asyncio.client import Pipeline

from mycoderai.workers.memory.redis_rows import Found, Rows, place_in_time, place_of_id, text
from mycoderai.workers.memory.workbench import Key, Values

Columns = Mapping[str, tuple[str, ...]]


class Index:
    def __init__(self, rows: Rows, columns: Columns) -> None:
        self._rows = rows
        self._columns = columns

    def write(self, pipe: Pipeline, found: Found) -> None:
        if (found.now is None) != (found.before is None):
            pipe.hincrby(self._rows.named("counts"), found.key.table, -1 if found.now is None else 1)
        match found.key.table:
            case "runs":
                self._run(pipe, found)
            case "questions":
                self._question(pipe, found)
            case "calls":
                pipe.sadd(self._rows.named("paid"), text(found.key.values[:2]))
            case "items":
                self._item(pipe, found)
            case "dead":
                self._letter(pipe, found)

    def words(self, pipe: Pipeline, key: Key, now: set[str], before: set[str]) -> None:
        """Of an item: those it has, and those it had."""
        place, member = key.values[:2], text(key.values[2:])
        for word in before - now:
            pipe.srem(self._rows.named("word", *place, word), member)
        for word in now - before:
            pipe.sadd(self._rows.named("word", *place, word), member)
        if added := now - before:
            pipe.zadd(self._rows.named("words", *place), dict.fromkeys(added, 0))

    def _run(self, pipe: Pipeline, found: Found) -> None:
        run, shard = found.key.values
        now, before = self._named("runs", found.now), self._named("runs", found.before)
        member = place_in_time(now["submitted_at"], run, shard)
        if not before:
            pipe.zadd(self._rows.named("ids"), {place_of_id(run, shard): 0})
            pipe.zadd(self._rows.named("by_time"), {member: 0})
        if before.get("status") != now["status"]:
            pipe.zrem(self._rows.named("by_status", before.get("status", "")), member)
            pipe.zadd(self._rows.named("by_status", now["status"]), {member: 0})

    def _question(self, pipe: Pipeline, found: Found) -> None:
        change = pipe.sadd if self._named("questions", found.now)["open"] else pipe.srem
        change(self._rows.named("open", *found.key.values[:2]), text(found.key.values[2:]))

    def _item(self, pipe: Pipeline, found: Found) -> None:
        place, member = found.key.values[:2], text(found.key.values[2:])
        now, before = self._named("items", found.now), self._named("items", found.before)
        for tag in _tags(before):
            pipe.srem(self._rows.named("tag", *place, tag), member)
        for tag in _tags(now):
            pipe.sadd(self._rows.named("tag", *place, tag), member)
        slot = text(found.key.values)
        if before.get("expires_at"):
            pipe.zrem(self._rows.named("expiring"), f"{before['expires_at']}\0{slot}")
        if now.get("expires_at"):
            pipe.zadd(self._rows.named("expiring"), {f"{now['expires_at']}\0{slot}": 0})
        if now:
            pipe.sadd(self._rows.named("places"), text(place))

    def _letter(self, pipe: Pipeline, found: Found) -> None:
        change = pipe.srem if self._named("dead", found.now)["published"] else pipe.sadd
        change(self._rows.named("waiting"), text(found.key.values))

    def _named(self, table: str, values: Values | None) -> dict[str, Any]:
        return dict(zip(self._columns[table], values, strict=True)) if values else {}


def _tags(item: Mapping[str, Any]) -> tuple[str, ...]:
    return msgspec.json.decode(item.get("tags", "[]"), type=tuple[str, ...])
