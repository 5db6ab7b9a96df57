"""The events of Socket.IO, as the gateway and browsers use them."""

from typing import Any, NamedTuple

from mycoderai.schemas.web.access import Role
from mycoderai.schemas.web.commands import AnyCommand, Outcome
from mycoderai.schemas.web.fleet import Fleet
from mycoderai.schemas.web.sockets import (
    Empty,
    Event,
    InboxChanged,
    LiveText,
    RunsChanged,
    RunSnapshot,
    Subscribe,
    Unsubscribe,
)


class SocketEvent(NamedTuple):
    name: str
    payload: Any
    meaning: str
    ack: tuple[Any, ...] = ()
    """What browsers send is acknowledged with one of these; the gateway's own events are not acknowledged."""
    role: Role | None = None


SOCKET_EVENTS = (
    SocketEvent(
        "subscribe",
        Subscribe,
        "Watch a run, the list of runs, the inbox or the fleet.",
        (RunSnapshot, RunsChanged, InboxChanged, Fleet),
        "viewer",
    ),
    SocketEvent("unsubscribe", Unsubscribe, "Watch it no more.", (Empty,), "viewer"),
    SocketEvent("command", AnyCommand, "Ask something of a run.", (Outcome,), "operator"),
    SocketEvent("event", Event, "One event of a run's log, in order, each once."),
    SocketEvent("live", LiveText, "What a step does right now, at most 30 a second."),
    SocketEvent("runs", RunsChanged, "Runs that are new or changed."),
    SocketEvent("inbox", InboxChanged, "The open questions changed."),
    SocketEvent("fleet", Fleet, "The fleet changed."),
)
