"""The questions that wait for a person, in all runs."""

from typing import Any

from mycoderai.gateway import packets, wire
from mycoderai.gateway.packets import Batch
from mycoderai.gateway.rooms_memory import OfMemory
from mycoderai.gateway.sources import Part
from mycoderai.schemas.memory import Inbox, OpenQuestions
from mycoderai.schemas.web.sockets import InboxChanged

MOST = 500


class InboxRoom(OfMemory):
    """A Source; a cursor counts the answers that differed. Each is sent whole: there are never many."""

    _known = InboxChanged(questions=())

    async def snapshot(self) -> tuple[int, dict[str, Any]]:
        await self.ask()
        return self.head, wire.plain(self._known)

    def at_hand(self, cursor: int) -> Part:
        return self.head, Batch([packets.event("inbox", wire.plain(self._known))])

    async def after(self, cursor: int) -> Part:
        await self.past(cursor)
        return self.at_hand(cursor)

    async def _ask(self, shard: int, min_seq: int) -> None:
        answer = await self._memory.ask(Inbox(shard=shard, min_seq=min_seq, limit=MOST), OpenQuestions)
        known = InboxChanged(questions=answer.questions)
        if known != self._known:
            self._known = known
            self.move(self.head + 1)
