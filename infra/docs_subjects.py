"""The subjects of the broker that are neither events of a run's log nor requests to a service."""

from typing import Any, NamedTuple

from mycoderai.broker.dead import ATTEMPTS, REASON, SUBJECT
from mycoderai.broker.report import DrainAsked, Report, Wanted
from mycoderai.schemas.access import TokenKept
from mycoderai.schemas.budget import Account
from mycoderai.schemas.events import AnyEvent
from mycoderai.schemas.live import Said, ToolBegun
from mycoderai.schemas.notes import ItemsWritten
from mycoderai.schemas.subjects import (
    COMMANDS,
    DRAIN_ASKED,
    METRICS_ASKED,
    Log,
    access_token,
    audit,
    dead,
    fleet_account,
    held_asked,
    held_told,
    live,
    metrics_told,
    run_account,
)
from mycoderai.schemas.web.access import Audited

COPY = Log("<run>").all.replace("evt.0.", "log.<shard>.").removesuffix(">")
"""Where the server copies the log of a run to, as it stores it; what follows is as in the log."""


class Subject(NamedTuple):
    shown: str
    example: str
    """With every `<name>` filled in, to be held against the permissions and streams; empty for the server's own."""
    payload: Any
    """None where it is empty or may be anything."""
    meaning: str
    copied_to: str = ""
    """Where the server alone writes, a copy of something: the stream, or `none`."""


SUBJECTS = (
    Subject(
        "cmd.<pool>.<run>.<step>",
        "",
        AnyEvent,
        "A step that may start, copied from `step.ready`; for the pool `orchestrator` something to decide about, as "
        "listed below.",
        COMMANDS,
    ),
    Subject(
        f"{COPY}>", "", AnyEvent, "A copy of every event as it is stored, with its sequence in the headers.", "none"
    ),
    Subject(
        "dead.<pool>.<run>.<step>",
        dead("coder", "r1", "main"),
        None,
        f"What could not be handled: a copy of the payload, the reason in the header `{REASON}`, the subject in "
        f"`{SUBJECT}`, the deliveries in `{ATTEMPTS}`.",
    ),
    Subject(
        "mem.<scope>.<owner>",
        "mem.x",
        ItemsWritten,
        "A batch of writes to memory. An owner that is no token stands as its hash.",
    ),
    Subject("memlog.<scope>.<owner>", "", ItemsWritten, "A copy of every such batch as it is stored.", "none"),
    Subject(
        run_account("<run>", 0).replace(".0.", ".<shard>."), run_account("r1", 0), Account, "What a run has spent."
    ),
    Subject(fleet_account("<day>"), fleet_account("2026-01-31"), Account, "What the fleet has spent on a day (UTC)."),
    Subject(audit("<entry>"), audit("a1"), Audited, "Who gave which command and what became of it."),
    Subject(access_token("<token>"), access_token("t1"), TokenKept, "A token that opens the gateways, as its hash."),
    *(
        Subject(live("<run>", "<step>", kind), live("r1", "main", kind), payload, meaning)
        for kind, payload, meaning in (
            ("delta", Said, "What a model is writing; lossy by design."),
            ("output", Said, "What a command is printing; lossy by design."),
            ("tool", ToolBegun, "A tool call begins; lossy by design."),
        )
    ),
    Subject(METRICS_ASKED, METRICS_ASKED, Wanted, "Every process is asked to tell what it counts."),
    Subject(metrics_told("<role>"), metrics_told("coder"), Report, "What a process of the role counts and holds."),
    Subject(DRAIN_ASKED, DRAIN_ASKED, DrainAsked, "A worker is told to take no more steps, or to take them again."),
    Subject(held_asked("<pool>"), held_asked("coder"), None, "Which commands the workers of the pool hold?"),
    Subject(held_told("<pool>"), held_told("coder"), tuple[int, ...], "The sequences of those that one of them holds."),
    Subject("$O.artifacts.>", "$O.artifacts.C.x", None, "Bundles; an object store."),
)
