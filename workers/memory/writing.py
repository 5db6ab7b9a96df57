"""Writes to memory: kept in the stream first, carried out in its order, answered with what became of them."""

import hashlib
import json
from collections.abc import Callable

import nats.errors
from nats.aio.client import Client

from mycoderai.schemas.errors import BrokerUnreachable, MycoderError, RefusedError, ServiceLost
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.notes import ItemsWritten, WriteItems, Written, encode, problem_of
from mycoderai.schemas.subjects import MEMORY, memory_log, memory_write
from mycoderai.workers.memory.applied import Applied
from mycoderai.workers.memory.repository import Repository

APPEND_TIMEOUT_S = 5.0
APPLIED_WITHIN_S = 5.0
_WRITERS = memory_write().removesuffix("person")


class Writing:
    """told: called with the sequence of what was appended, so that it is applied at once."""

    def __init__(self, nc: Client, repository: Repository, applied: Applied, told: Callable[[int], None]) -> None:
        self._nc = nc
        self._repository = repository
        self._applied = applied
        self._told = told

    async def write(self, subject: str, request: WriteItems) -> Written:
        """`subject` is where it was asked, and says by whom. Raises RefusedError for what is no batch, a
        TransientError when it is not known what became of it: asking again with the same id is safe."""
        if problem := problem_of(request):
            raise _refusal(f"{problem[0].upper()}{problem[1:]}.")
        written = ItemsWritten(writer=subject.removeprefix(_WRITERS), write=request)
        if known := await self._repository.outcome(written.writer, request.id):
            return known
        seq = await self._append(written)
        self._told(seq)
        if not await self._applied.reached(MEMORY, seq, APPLIED_WITHIN_S):
            raise ServiceLost(f"the write is kept as {seq}, but was not carried out yet; ask again")
        outcome = await self._repository.outcome(written.writer, request.id)
        if outcome is None:
            raise _refusal("The batch holds something that cannot be stored; it was set aside as a dead letter.")
        return outcome

    async def _append(self, written: ItemsWritten) -> int:
        """The sequence; that of the first when the stream holds it already."""
        place = written.write.place
        unique = hashlib.sha256(f"{written.writer}\n{written.write.id}".encode(errors="replace")).hexdigest()
        subject = memory_log(place.scope, place.owner)
        try:
            reply = await self._nc.request(
                subject, encode(written), timeout=APPEND_TIMEOUT_S, headers={"Nats-Msg-Id": unique}
            )
        except nats.errors.Error as err:
            raise BrokerUnreachable("the broker did not confirm a write to memory") from err
        answer = json.loads(reply.data)
        if error := answer.get("error"):
            raise MycoderError(f"the broker did not keep the write: {error.get('description')}", "mycoder doctor")
        return int(answer["seq"])


def _refusal(message: str) -> RefusedError:
    return RefusedError(Failure(code=FailureCode.BAD_SUBMISSION, message=message, fix="mycoder memory --help"))
