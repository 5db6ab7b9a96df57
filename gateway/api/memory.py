"""Memory's items: found, read, kept, approved, forgotten."""

import msgspec
from starlette.responses import Response

from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.memory import MEMORY, TIMEOUT_S
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.replies import json_reply
from mycoderai.gateway.services import ask_service
from mycoderai.schemas.errors import ServiceLost
from mycoderai.schemas.memory import MemoryStats, Stats
from mycoderai.schemas.notes import (
    Approve,
    Change,
    Forget,
    GetItem,
    Item,
    Items,
    ListItems,
    ListPlaces,
    ListUses,
    Place,
    Places,
    Provenance,
    Put,
    Scope,
    SearchItems,
    Uses,
    WriteItems,
    Written,
    problem_of,
)
from mycoderai.schemas.subjects import memory_write
from mycoderai.schemas.web.notes import (
    ApproveItem,
    ForgetItem,
    ItemChanged,
    ItemConflict,
    ItemDetail,
    ItemsQuery,
    ItemUse,
    KeepItem,
    OneItem,
)

TRIES = 3


class MemoryApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/memory/items", handler=self.list_items, query=ItemsQuery, reply=Items,
                summary="Items, found by their words or listed by place and key",
            ),
            Endpoint(
                method="GET", path="/memory/item", handler=self.get_item, query=OneItem, reply=ItemDetail,
                problems=(404,), summary="One item, and the attempts whose prompt it was in",
            ),
            Endpoint(
                method="PUT", path="/memory/item", handler=self.keep_item, role="operator", body=KeepItem,
                reply=ItemChanged, problems=(409,), summary="Keep an item, in the place of the one there is",
            ),
            Endpoint(
                method="POST", path="/memory/forget", handler=self.forget_item, role="operator", body=ForgetItem,
                reply=ItemChanged, problems=(409,), summary="Forget an item, or refuse one that waits for approval",
            ),
            Endpoint(
                method="POST", path="/memory/approve", handler=self.approve_item, role="operator", body=ApproveItem,
                reply=ItemChanged, problems=(409,), summary="Put an item that waits for approval into use",
            ),
            Endpoint(
                method="GET", path="/memory/places", handler=self.list_places, reply=Places,
                summary="Where items are kept, how many, and their tags",
            ),
            Endpoint(
                method="GET", path="/memory/stats", handler=self.get_stats, reply=MemoryStats,
                summary="How much memory holds, and up to where it has read",
            ),
        ]  # fmt: skip

    async def list_items(self, call: Call) -> Items:
        query: ItemsQuery = call.query
        places = (_place(query.scope, query.owner),) if query.scope else ()
        if query.text:
            found = SearchItems(text=query.text, places=places, tag=query.tag, limit=query.limit)
            return await self._memory.ask(found, Items)
        listed = ListItems(
            places=places,
            prefix=query.prefix,
            tag=query.tag,
            quarantined=query.quarantined,
            offset=query.offset,
            limit=query.limit,
        )
        return await self._memory.ask(listed, Items)

    async def get_item(self, call: Call) -> ItemDetail:
        query: OneItem = call.query
        place = _place(query.scope, query.owner)
        item = await self._item(place, query.key, query.quarantined)
        if item is None:
            raise Problem(404, "unknown_item", f"there is no item {query.key[:80]!r} there", "mycoder memory ls --all")
        waiting = None if query.quarantined else await self._item(place, query.key, quarantined=True)
        uses = (await self._memory.ask(ListUses(place=place, key=query.key), Uses)).uses
        return ItemDetail(
            item=item, waiting=waiting, uses=tuple(ItemUse(**msgspec.structs.asdict(use)) for use in uses)
        )

    async def keep_item(self, call: Call) -> Response | ItemChanged:
        kept: KeepItem = call.body
        place = _place(kept.scope, kept.owner)
        put = Put(
            key=kept.key,
            text=kept.text,
            tags=kept.tags,
            expected_version=kept.expected_version,
            ttl_s=kept.ttl_s,
        )
        before = None if kept.expected_version == 0 else await self._item(place, kept.key)
        return await self._write(call, kept.id, place, put, before.provenance if before else None)

    async def forget_item(self, call: Call) -> Response | ItemChanged:
        gone: ForgetItem = call.body
        change = Forget(key=gone.key, expected_version=gone.expected_version, quarantined=gone.quarantined)
        return await self._write(call, gone.id, _place(gone.scope, gone.owner), change)

    async def approve_item(self, call: Call) -> Response | ItemChanged:
        good: ApproveItem = call.body
        change = Approve(key=good.key, expected_version=good.expected_version)
        return await self._write(call, good.id, _place(good.scope, good.owner), change)

    async def list_places(self, call: Call) -> Places:
        return await self._memory.ask(ListPlaces(), Places)

    async def get_stats(self, call: Call) -> MemoryStats:
        return await self._memory.ask(Stats(), MemoryStats)

    async def _item(self, place: Place, key: str, quarantined: bool = False, min_seq: int = 0) -> Item | None:
        query = GetItem(place=place, key=key, quarantined=quarantined, min_seq=min_seq)
        return next(iter((await self._memory.ask(query, Items)).items), None)

    async def _write(
        self, call: Call, id_: str, place: Place, change: Change, before: Provenance | None = None
    ) -> Response | ItemChanged:
        call.details.update(id=id_, target=f"{place.scope} {place.owner} {change.key}")
        # Where an item came from stays with it when a person edits it.
        origin = before or Provenance(source="person")
        origin = Provenance(source="person", by=call.me.name, run=origin.run, step=origin.step, turn=origin.turn)
        write = WriteItems(id=id_, place=place, changes=(change,), provenance=origin)
        if problem := problem_of(write):
            raise Problem(400, "bad_request", problem)
        written = await self._stored(write)
        waits = isinstance(change, Forget) and change.quarantined
        now = await self._item(place, change.key, waits, written.seq)
        if written.refused:
            error = Problem(409, "changed_meanwhile", written.refused[0].reason, "look at it as it is now").fields
            return json_reply(ItemConflict(error=error, item=now), 409)
        return ItemChanged(id=id_, outcome=written.changed[0].outcome, item=now)

    async def _stored(self, asked: WriteItems) -> Written:
        """Asked again with the same id, memory answers the same."""
        for attempt in range(TRIES):
            try:
                return await ask_service(self._nc, MEMORY, memory_write(), asked, Written, timeout_s=TIMEOUT_S)
            except ServiceLost:
                if attempt == TRIES - 1:
                    raise
        raise AssertionError("unreachable")


def _place(scope: Scope, owner: str) -> Place:
    return Place(scope=scope, owner=owner)
