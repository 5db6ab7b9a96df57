"""What browsers and the gateway say over Socket.IO, on the default namespace."""

from typing import Any, Literal

import msgspec

from mycoderai.schemas.memory import OpenQuestion, RunDetail, RunLine, TurnLine


class Subscribe(msgspec.Struct, frozen=True, kw_only=True):
    """Watch something. Acknowledged before its first event."""

    run: str = ""
    """A run's id, or the beginning of one."""
    room: Literal["", "runs", "inbox", "fleet"] = ""
    """Instead of a run; neither is `runs`."""
    after_seq: int | None = None
    """With a run: go on after this sequence of its log; None: begin with a snapshot."""
    at_most: int | None = None
    """With a run: catch up with so many events at most. Where there are more, what is shown begins anew with a
    snapshot, and where memory is further behind than that itself, nothing follows: see `behind`."""
    live: bool = True
    """With a run: its `live` events too."""
    turns: bool = True
    """With a run: the last turns too, when what is shown begins anew."""


class Unsubscribe(msgspec.Struct, frozen=True, kw_only=True):
    run: str = ""
    room: Literal["", "runs", "inbox", "fleet"] = ""


class RunSnapshot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Acknowledges `subscribe` to a run; with `detail` what is shown begins anew."""

    run: str
    seq: int
    """Events past this sequence follow."""
    behind: int = 0
    """Not 0: so many events are past it, more than `at_most`, and none of them follows. To subscribe again, after this
    sequence, waits for memory a while."""
    detail: RunDetail | None = None
    turns: tuple[TurnLine, ...] | None = None


class RunsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of the list that are new or changed; as an acknowledgement, the newest ones."""

    seq: int
    runs: tuple[RunLine, ...]


class InboxChanged(msgspec.Struct, frozen=True, kw_only=True):
    """All open questions, as they are now."""

    questions: tuple[OpenQuestion, ...]


class LiveText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a step does right now; lossy."""

    run: str
    step: str
    kind: str
    """`delta`: tokens of the model; `output`: what a command prints."""
    text: str
    dropped: bool = False
    """Something before this text is missing."""


class Empty(msgspec.Struct, frozen=True, kw_only=True):
    pass


Event = dict[str, Any]
"""One event of a run's log as one flat object: its `seq`, `time`, `run`, `pool` and `step`, then its own fields."""
