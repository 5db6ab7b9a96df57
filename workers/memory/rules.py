"""Who may change what in memory, given what stands there. Pure, so that every memory worker judges alike.

What a person wrote or approved is trusted, and only people change it. What agents write is data for other agents:
they read files, test output and pages that anybody may have written. So it reaches `global`, which every step of
every project reads, by way of quarantine only.
"""

from collections.abc import Mapping
from typing import NamedTuple

from mycoderai.schemas.notes import LESSON, Approve, Change, Forget, ItemsWritten, NotChanged, Put


class Standing(NamedTuple):
    """An item as it is before the batch."""

    version: int
    trusted: bool
    created_at: str


class Slot(NamedTuple):
    key: str
    quarantined: bool


NOTHING = Standing(0, False, "")


def is_trusted(written: ItemsWritten) -> bool:
    return written.by_person and written.write.provenance.source == "person"


def quarantines(written: ItemsWritten) -> bool:
    return written.write.place.scope == "global" and not is_trusted(written)


def judge(written: ItemsWritten, standing: Mapping[Slot, Standing]) -> tuple[NotChanged, ...]:
    """Why the batch is refused; empty when it is to be carried out."""
    found = []
    for change in written.write.changes:
        there = standing.get(slot_of(written, change), NOTHING)
        if reason := _why_not(written, change, there, standing):
            found.append(NotChanged(key=change.key, reason=reason, version=there.version))
    return tuple(found)


def slot_of(written: ItemsWritten, change: Change) -> Slot:
    """What the change is about, and its expected version the version of."""
    match change:
        case Put(key=key):
            return Slot(key, quarantines(written))
        case Forget(key=key, quarantined=quarantined):
            return Slot(key, quarantined)
        case Approve(key=key):
            return Slot(key, True)


def _why_not(written: ItemsWritten, change: Change, there: Standing, standing: Mapping[Slot, Standing]) -> str:
    if not written.by_person and (reason := _not_for_agents(written, change, there)):
        return reason
    if isinstance(change, Approve) and there is NOTHING:
        return "nothing waits for approval under this key"
    if change.expected_version is not None and change.expected_version != there.version:
        return f"version {change.expected_version} was expected, but {_stands(there)}"
    return ""


def _not_for_agents(written: ItemsWritten, change: Change, there: Standing) -> str:
    scope = written.write.place.scope
    if written.write.provenance.source == "person":
        return "an agent does not write as a person"
    if scope == "interaction":
        return "what is kept about a person is theirs to write"
    if isinstance(change, Approve):
        return "a person has to approve it"
    if isinstance(change, Forget) and scope == "global" and not change.quarantined:
        return "what is global is a person's to forget"
    if change.key.startswith(LESSON):
        return "lessons are a person's to forget"
    return "a person wrote it, so a person has to change it" if there.trusted else ""


def _stands(there: Standing) -> str:
    return f"the version is {there.version}" if there.version else "there is no such item"
