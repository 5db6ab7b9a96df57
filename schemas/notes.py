"""What people and agents keep in memory: items, how they are written, found, and logged.

A write is one message in `MEMORY`, one batch that is carried out as a whole or not at all, decided by everything
that stands before it in the stream; so every memory worker comes to the same items. An item's version is the
sequence of the write it came from: it grows, and is never used again.
"""

from typing import Literal, get_args

import msgspec

from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.memory import Answer, Asked, Query
from mycoderai.schemas.subjects import memory_log

SCHEMA_VERSION = 1
Scope = Literal["task", "agent", "project", "interaction", "global"]
"""Whom an item is for: a run, a role in a project, a project, a person, everybody."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
"""The closest first."""
Source = Literal["person", "agent", "tool_output", "lesson"]
TEXT_BYTES = 64 << 10
BATCH_BYTES = 1 << 20
KEY_CHARS = 200
MOST_CHANGES = 100
MOST_TAGS = 20
TAG_CHARS = 60
LESSON = "lesson/"
"""How the keys of lessons begin. They are derived from the runs, so they cannot be put, only forgotten."""
ALWAYS = "always"
"""The tag of items that every step is given, whatever its words."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where items are kept."""

    scope: Scope
    owner: str = ""
    """The run, the role in a project (see `agent_owner`), the project or the person; empty for `global`."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an item comes from."""

    source: Source
    by: str = ""
    """The person, or the role."""
    run: str = ""
    step: str = ""
    turn: int = 0


class Item(msgspec.Struct, frozen=True, kw_only=True):
    scope: Scope
    owner: str
    key: str
    text: str
    tags: tuple[str, ...] = ()
    version: int
    provenance: Provenance
    trusted: bool
    """A person wrote or approved it. Everything else is to be read as data, not as an instruction."""
    quarantined: bool = False
    """It waits for a person's approval and is not found by a search."""
    created_at: str
    updated_at: str
    expires_at: str = ""
    score: float = 0.0
    """How well it matches, where it was searched for; more is better."""
    why: str = ""
    """Which words matched, and how close the item is."""


class Put(msgspec.Struct, frozen=True, kw_only=True, tag="put", tag_field="kind"):
    """Keep an item, in the place of the one there is."""

    key: str
    text: str
    tags: tuple[str, ...] = ()
    expected_version: int | None = None
    """Only if the item has this version; 0: only if there is none."""
    ttl_s: float = 0.0
    """It is forgotten so long after it was written; 0: never."""


class Forget(msgspec.Struct, frozen=True, kw_only=True, tag="forget", tag_field="kind"):
    key: str
    expected_version: int | None = None
    quarantined: bool = False
    """The item that waits for approval, not the one in use."""


class Approve(msgspec.Struct, frozen=True, kw_only=True, tag="approve", tag_field="kind"):
    """Put an item out of quarantine into use. People only."""

    key: str
    expected_version: int | None = None
    """Of the quarantined item: approve what was looked at."""


Change = Put | Forget | Approve


class WriteItems(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of changes to one place: all or none. Answered with Written."""

    id: str
    """Idempotency id, the writer's own: asked again with it, memory answers the same and changes nothing."""
    place: Place
    changes: tuple[Change, ...]
    provenance: Provenance


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    outcome: Literal["stored", "quarantined", "approved", "forgotten", "absent"]
    """`quarantined`: kept, but not in use before a person approves it. `absent`: there was nothing to forget."""
    version: int = 0


class NotChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Why a batch was refused."""

    key: str
    reason: str
    version: int
    """The version there is; 0: none."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a batch."""

    seq: int
    """Its place in `MEMORY`; a question with this `min_seq` sees it."""
    changed: tuple[Changed, ...] = ()
    refused: tuple[NotChanged, ...] = ()
    """Not empty: nothing was changed."""


class ItemsWritten(msgspec.Struct, frozen=True, kw_only=True, tag="items.written", tag_field="kind"):
    """A batch as it stands in `MEMORY`."""

    v: int = SCHEMA_VERSION
    writer: str
    """Who asked, as the broker knows it: `person`, or `agent.<pool>`."""
    write: WriteItems

    @property
    def by_person(self) -> bool:
        return self.writer == "person"


class AskedItems(Asked, frozen=True, kw_only=True):
    """Base of the questions about items. `min_seq` counts in `MEMORY`."""


class SearchItems(AskedItems, frozen=True, kw_only=True, tag="search_items"):
    """Items with any of the words or "phrases in quotes", the best first; `begin*` matches words that begin so."""

    text: str
    places: tuple[Place, ...]
    """None: every place."""
    tag: str = ""
    limit: int = 20
    """At most 100."""


class ListItems(AskedItems, frozen=True, kw_only=True, tag="list_items"):
    """Items by key."""

    places: tuple[Place, ...] = ()
    """None: every place."""
    prefix: str = ""
    tag: str = ""
    quarantined: bool = False
    """Those that wait for approval instead of those in use."""
    offset: int = 0
    limit: int = 50
    """At most 500."""


class GetItem(AskedItems, frozen=True, kw_only=True, tag="get_item"):
    """One item, or none."""

    place: Place
    key: str
    quarantined: bool = False


class Recall(AskedItems, frozen=True, kw_only=True, tag="recall"):
    """What a step should know: items that are kept for every step, then those that match the text, in the places
    that are close to the step."""

    run: str
    step: str = ""
    role: str = ""
    project: str = ""
    by: str = ""
    """The person who submitted the run."""
    text: str
    limit: int = 8
    budget_chars: int = 6_000
    """Texts together; what does not fit is cut or left out."""


class ListPlaces(AskedItems, frozen=True, kw_only=True, tag="list_places"):
    """Where items are kept, and their tags. Answered with Places."""


class ListUses(AskedItems, frozen=True, kw_only=True, tag="list_uses"):
    """The last attempts with the item in their prompt. Answered with Uses. A prompt names items by scope and key; whose
    they are follows from the run."""

    place: Place
    key: str
    limit: int = 20
    """At most 100."""


ItemQuery = SearchItems | ListItems | GetItem | Recall
AnyQuery = Query | ItemQuery | ListPlaces | ListUses


class AskedByStep(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent asks. It gets what is kept in the places close to the step, and is refused any other."""

    run: str
    step: str
    """The pool whose worker asks was given it."""
    shard: int = 0
    query: ItemQuery


class Items(Answer, frozen=True, kw_only=True, tag="items"):
    """Answers every question about items."""

    items: tuple[Item, ...]
    more: bool = False


class PlaceLine(msgspec.Struct, frozen=True, kw_only=True):
    """A place, and how many items it has."""

    scope: Scope
    owner: str
    items: int
    """In use."""
    quarantined: int
    """That wait for approval."""


class Places(Answer, frozen=True, kw_only=True, tag="places"):
    places: tuple[PlaceLine, ...]
    tags: dict[str, int]
    """How many items in use have each, the most frequent first."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt whose prompt an item was in."""

    run: str
    step: str
    attempt: int
    at: str


class Uses(Answer, frozen=True, kw_only=True, tag="uses"):
    """The newest first."""

    uses: tuple[Use, ...]


def agent_owner(role: str, project: str) -> str:
    return f"{role}@{project}"


def places_of(recall: Recall) -> tuple[Place, ...]:
    """The places close to a step, the closest first."""
    owners = {
        "task": recall.run,
        "agent": agent_owner(recall.role, recall.project) if recall.role and recall.project else "",
        "project": recall.project,
        "interaction": recall.by,
    }
    named = [Place(scope=scope, owner=owners[scope]) for scope in SCOPES if owners.get(scope)]
    return (*named, Place(scope="global"))


def problem_of(write: WriteItems) -> str:
    """Why no memory would take the batch, in a sentence; empty when nothing is wrong with it."""
    place, source = write.place, write.provenance.source
    if not write.id or len(write.id) > KEY_CHARS:
        return f"a write needs an id of at most {KEY_CHARS} characters"
    if (place.scope == "global") == bool(place.owner):
        return "`global` has no owner" if place.owner else f"scope {place.scope} needs an owner"
    if len(place.owner) > KEY_CHARS or not place.owner.isprintable():
        return f"an owner is a name of at most {KEY_CHARS} characters"
    if source == "lesson":
        return "lessons are derived from runs; they cannot be written"
    if not 1 <= len(write.changes) <= MOST_CHANGES:
        return f"a batch holds 1 to {MOST_CHANGES} changes, not {len(write.changes)}"
    if len({change.key for change in write.changes}) < len(write.changes):
        return "a batch changes each key once"
    problems = (_problem_of_change(change) for change in write.changes)
    return next(filter(None, problems), "") or _problem_of_size(write)


def _problem_of_change(change: Change) -> str:
    key = change.key
    if not key.strip() or len(key) > KEY_CHARS or not key.isprintable():
        return f"a key is a line of 1 to {KEY_CHARS} characters, not {key[:60]!r}"
    if not isinstance(change, Put):
        return ""
    if key.startswith(LESSON):
        return f"keys that begin with {LESSON} are for what the runs taught"
    if not change.text.strip():
        return f"the text of {key!r} is empty; to remove an item, forget it"
    if (size := len(change.text.encode(errors="replace"))) > TEXT_BYTES:
        return f"the text of {key!r} has {size:,} bytes; an item holds at most {TEXT_BYTES:,}"
    if len(change.tags) > MOST_TAGS or not all(0 < len(tag) <= TAG_CHARS for tag in change.tags):
        return f"{key!r} has more than {MOST_TAGS} tags, or one that is empty or longer than {TAG_CHARS} characters"
    if not 0 <= change.ttl_s < 1e9:
        return f"{key!r} cannot expire in {change.ttl_s} seconds"
    return ""


def _problem_of_size(write: WriteItems) -> str:
    size = sum(len(change.text.encode(errors="replace")) for change in write.changes if isinstance(change, Put))
    return f"the batch has {size:,} bytes of text; one holds at most {BATCH_BYTES:,}" if size > BATCH_BYTES else ""


_decode = msgspec.json.Decoder(ItemsWritten).decode
encode = msgspec.json.Encoder().encode


def decode(payload: bytes, subject: str) -> ItemsWritten:
    """The batch in a message of `MEMORY`. Raises MalformedMessage when it is none, or none for that subject."""
    try:
        written = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise MalformedMessage(f"not a write to memory: {err}") from err
    if written.v > SCHEMA_VERSION:
        raise MalformedMessage(f"schema version {written.v}; this reader knows up to {SCHEMA_VERSION}")
    if problem := problem_of(written.write):
        raise MalformedMessage(problem)
    place = written.write.place
    if subject != memory_log(place.scope, place.owner):
        raise MalformedMessage(f"a write to {place.scope} does not belong on {subject[:200]!r}")
    return written
