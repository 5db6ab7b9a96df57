"""Asks in a run's log: stored under an id, and the orchestrator's word on them."""

from contextlib import aclosing
from dataclasses import dataclass

from nats.aio.client import Client

from mycoderai.broker.log import Raw, append, follow
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import AnyEvent, Ask, AskHeard, RunFinished, Unreadable
from mycoderai.schemas.subjects import Log

HEARD_WITHIN_S = 5.0
"""How long somebody who asks waits for the word."""


@dataclass(frozen=True, slots=True)
class Word:
    """What became of an ask."""

    accepted: bool
    reason: str = ""
    end: str = ""
    """The status the run ended with before it was judged."""


async def store_ask(nc: Client, log: Log, asked: Ask, id_: str) -> int:
    """Its sequence, also when the broker has it already."""
    return await append(nc, log.ask(verb_of(asked)), asked, id=message_id(log, id_), wait_for_room=False)


async def word_on(nc: Client, log: Log, seq: int, after: int) -> Word:
    """Wait for what becomes of the ask with that sequence. `after`: where in the log to begin to look for it."""
    async with aclosing(follow(nc, log.shard, log.decisions, after=after)) as messages:  # type: ignore[type-var]
        async for raw in messages:
            match event_of(raw):
                case RunFinished(status=status):
                    return Word(False, f"the run {status} first", end=status)
                case AskHeard(ask=ask) as heard if ask == seq:
                    return Word(heard.accepted, heard.reason)
    raise AssertionError("the log ended")


def verb_of(asked: Ask) -> str:
    return str(asked.__struct_config__.tag).removeprefix("ask.")


def message_id(log: Log, id_: str) -> str:
    """What the broker tells duplicates by, in the whole stream."""
    return f"{log.run}.ask.{id_}"


def event_of(raw: Raw) -> AnyEvent | Unreadable:
    try:
        return raw.parse().event
    except MalformedMessage as err:
        return Unreadable(reason=err.message)
