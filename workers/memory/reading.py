"""What agents read: items of places close to a step of theirs, and of no other run, project, role or person.

The broker says which pool asks, and the log which steps the orchestrator gave to it: nobody else writes ready events.
"""

import msgspec
from nats.aio.client import Client

from mycoderai.broker.log import last
from mycoderai.schemas.errors import MalformedMessage, RefusedError
from mycoderai.schemas.events import StepReady, decode
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.notes import AskedByStep, GetItem, ItemQuery, ListItems, Place, Recall, SearchItems, places_of
from mycoderai.schemas.subjects import Log, memory_query, parse_event

MOST_SHARDS = 1000
MOST_KNOWN = 10_000
_ASKERS = memory_query("*").removesuffix("*")


class Reading:
    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._known: dict[str, tuple[Place, ...]] = {}
        """By ready event's subject. What it says of run, role and project stays as it is."""

    async def admitted(self, subject: str, asked: AskedByStep) -> ItemQuery:
        """The question, when it keeps to the places of its step. `subject` is where it was asked. Raises RefusedError,
        or a TransientError when the log does not answer."""
        places = await self._places(subject.removeprefix(_ASKERS), asked)
        query = asked.query
        if isinstance(query, ListItems | SearchItems) and not query.places:
            return msgspec.structs.replace(query, places=places)
        if any(place not in places for place in _named(query)):
            raise _refused("It is about a place of another run, project, role or person.")
        return query

    async def _places(self, pool: str, asked: AskedByStep) -> tuple[Place, ...]:
        if not (is_token(asked.run) and is_token(asked.step) and 0 <= asked.shard < MOST_SHARDS):
            raise _refused("It names no step.")
        subject = Log(asked.run, asked.shard).ready(pool, asked.step)
        if subject not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[subject] = await self._look_up(subject, asked.run)
        return self._known[subject]

    async def _look_up(self, subject: str, run: str) -> tuple[Place, ...]:
        found = await last(self._nc, subject)
        try:
            ready = found and decode(found.data, parse_event(subject))
        except MalformedMessage:
            ready = None
        if not isinstance(ready, StepReady):
            raise _refused("No such step was given to the pool that asks.")
        submission = ready.submission
        close = Recall(run=run, role=ready.spec.role, project=submission.project, by=submission.submitted_by, text="")
        return places_of(close)


def _named(query: ItemQuery) -> tuple[Place, ...]:
    match query:
        case SearchItems(places=places) | ListItems(places=places):
            return places
        case GetItem(place=place):
            return (place,)
        case Recall():
            return places_of(query)


def _refused(message: str) -> RefusedError:
    return RefusedError(Failure(code=FailureCode.BAD_SUBMISSION, message=message))
