"""Clients that count up one item of memory, each time only if it is what they last saw; and look whether they saw
everything that had been written when they asked."""

import asyncio
from contextlib import suppress
from typing import TypeVar

from scene import Scene

from mycoderai.broker.request import call
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.notes import GetItem, Item, Items, Place, Provenance, Put, WriteItems, Written
from mycoderai.schemas.subjects import MEMORY_QUERY, memory_write

PLACE = Place(scope="global")
PERSON = Provenance(source="person", by="ada")
KEY = "counter"
LOST_S = 1.0
"""Nobody waits longer for one who is stopped, and asks another."""
ANSWERS_WITHIN_S = 5.0


Reply = TypeVar("Reply")


class Writers:
    """`accepted`: what each accepted write followed, and its own version."""

    def __init__(self, scene: Scene) -> None:
        self.accepted: list[tuple[int, int]] = []
        self.is_over = asyncio.Event()
        self._scene = scene
        self._last = 0
        """The newest write that anybody was told of."""

    async def write(self, number: int) -> None:
        while not self.is_over.is_set():
            with suppress(MycoderError):  # the one who was asked is stopped; it is not known what became of it
                await self._count_up(number)

    async def _count_up(self, number: int) -> None:
        told = self._last
        item = await self._read(told)
        before = item.version if item else 0
        change = Put(key=KEY, text=f"{number} after {before}", expected_version=before)
        request = WriteItems(id=new_id(), place=PLACE, changes=(change,), provenance=PERSON)
        written = await call(
            self._scene.rig.client, memory_write(), request, Written, timeout_s=ANSWERS_WITHIN_S, lost_after_s=LOST_S
        )
        if not written.refused:
            self._accept(before, written.seq)

    def _accept(self, before: int, version: int) -> None:
        followed = {earlier for earlier, _ in self.accepted}
        self._scene.expect(before not in followed, "O5", f"two writes were accepted on top of version {before}")
        self._scene.expect(version > before, "O5", f"version {version} followed {before}")
        self.accepted.append((before, version))
        self._last = max(self._last, version)

    async def _read(self, told: int) -> Item | None:
        """The item, with everything up to `told`, as whoever answers says."""
        question = GetItem(place=PLACE, key=KEY, min_seq=told)
        answer = await call(
            self._scene.rig.client, MEMORY_QUERY, question, Items, timeout_s=ANSWERS_WITHIN_S, lost_after_s=LOST_S
        )
        item = answer.items[0] if answer.items else None
        stale = answer.fresh and (item.version if item else 0) < told
        self._scene.expect(not stale, "O5", f"an answer that says it has {told} holds {item and item.version}")
        return item

    async def _ask(self, subject: str, question: object, answer: type[Reply]) -> Reply:
        nc = self._scene.rig.client
        return await call(nc, subject, question, answer, timeout_s=ANSWERS_WITHIN_S, lost_after_s=LOST_S)
