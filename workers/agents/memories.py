"""Memory as a step's agent uses it: what is recalled for its prompt, and the `memory` tool.

Memory that does not answer never stops a step: it recalls nothing, and the tool says so.
"""

from typing import Any, Literal
from weakref import WeakKeyDictionary

import msgspec
import nats.errors
import structlog

from mycoderai.broker.request import call
from mycoderai.schemas.errors import MycoderError, RefusedError
from mycoderai.schemas.notes import (
    AskedByStep,
    Change,
    Forget,
    GetItem,
    Item,
    ItemQuery,
    Items,
    Place,
    Provenance,
    Put,
    Recall,
    SearchItems,
    WriteItems,
    Written,
    agent_owner,
    places_of,
    problem_of,
)
from mycoderai.schemas.subjects import memory_query, memory_write
from mycoderai.workers.handler import StepContext

RECALL_WITHIN_S = 2.0
TOOL_WITHIN_S = 10.0
ASKED_CHARS = 8_000
FOUND = 8
SHOWN_CHARS = 1_500
_written: WeakKeyDictionary[StepContext, int] = WeakKeyDictionary()
"""The last write of each step's agent, which what it reads next must show."""
log = structlog.get_logger()


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    action: Literal["search", "get", "put", "forget"]
    query: str = ""
    scope: Literal["", "task", "agent", "project", "global"] = ""
    key: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    expected_version: int | None = None


async def recall(step: StepContext, text: str) -> tuple[Item, ...]:
    """What memory holds that is close to the step and has to do with the text; each says why. Nothing when memory
    does not answer within two seconds."""
    try:
        found = await _ask(step, _recall(step, text[:ASKED_CHARS]), RECALL_WITHIN_S)
    except (MycoderError, nats.errors.Error) as err:
        log.warning("memory.not_recalled", error=str(err))
        return ()
    return found.items


async def memory_tool(step: StepContext, call_id: str, arguments: dict[str, Any]) -> str:
    """Carry out a call of the `memory` tool; what went wrong is part of the answer. `call_id` is the call's
    idempotency id: a repeated call writes once."""
    try:
        asked = msgspec.convert(arguments, _Asked, strict=False)
    except msgspec.ValidationError as err:
        return f"The arguments are wrong: {err}"
    try:
        return await _carry_out(step, call_id, asked)
    except RefusedError as err:
        return f"Refused: {err.message}"
    except (MycoderError, nats.errors.Error) as err:
        log.warning("memory.tool_failed", action=asked.action, error=str(err))
        return "Memory does not answer now. Go on without it."


async def _carry_out(step: StepContext, call_id: str, asked: _Asked) -> str:
    place = _place(step, asked.scope or "project")
    if asked.action == "search":
        places = (place,) if asked.scope and place else places_of(_recall(step, ""))
        return _listed((await _ask(step, SearchItems(text=asked.query, places=places, limit=FOUND))).items)
    if place is None:
        return "This run belongs to no project; use scope `task`."
    match asked.action:
        case "get":
            items = (await _ask(step, GetItem(place=place, key=asked.key))).items
            return f"{_head(items[0])}\n{items[0].text}" if items else _nothing(place, asked.key)
        case "put":
            put = Put(key=asked.key, text=asked.text, tags=asked.tags, expected_version=asked.expected_version)
            return await _write(step, call_id, place, put)
        case _:
            return await _write(step, call_id, place, Forget(key=asked.key, expected_version=asked.expected_version))


async def _ask(step: StepContext, query: ItemQuery, within_s: float = TOOL_WITHIN_S) -> Items:
    query = msgspec.structs.replace(query, min_seq=_written.get(step, 0))
    asked = AskedByStep(run=step.run, step=step.step, shard=step.shard, query=query)
    return await call(step.nc, memory_query(step.pool), asked, Items, timeout_s=within_s, lost_after_s=within_s)


async def _write(step: StepContext, call_id: str, place: Place, change: Change) -> str:
    origin = Provenance(source="agent", by=step.spec.role, run=step.run, step=step.step, turn=_turn_of(call_id))
    request = WriteItems(id=f"{step.run}/{step.step}/{call_id}", place=place, changes=(change,), provenance=origin)
    if problem := problem_of(request):
        return f"Refused: {problem}"
    written = await call(step.nc, memory_write(step.pool), request, Written, timeout_s=TOOL_WITHIN_S)
    _written[step] = max(written.seq, _written.get(step, 0))
    if written.refused:
        return f"Refused: {written.refused[0].reason}"
    return _OUTCOMES[written.changed[0].outcome].format(key=change.key, version=written.changed[0].version)


_OUTCOMES = {
    "stored": "Kept {key} as version {version}.",
    "quarantined": "Kept {key}; it is used once a person has approved it.",
    "forgotten": "Forgot {key}.",
    "absent": "There was no {key}.",
}


def _recall(step: StepContext, text: str) -> Recall:
    submission = step.submission
    return Recall(
        run=step.run,
        step=step.step,
        role=step.spec.role,
        project=submission.project,
        by=submission.submitted_by,
        text=text,
        limit=FOUND,
    )


def _place(step: StepContext, scope: Literal["task", "agent", "project", "global"]) -> Place | None:
    """None where the run has no project to keep it for."""
    project = step.submission.project
    owners = {"task": step.run, "agent": project and agent_owner(step.spec.role, project), "project": project}
    owner = owners.get(scope, "")
    return Place(scope=scope, owner=owner) if owner or scope == "global" else None


def _turn_of(call_id: str) -> int:
    """Call ids end in their turn and index."""
    turn = call_id.rpartition("-")[0].rpartition("-")[2]
    return int(turn) if turn.isdecimal() and len(turn) < 10 else 0


def _listed(items: tuple[Item, ...]) -> str:
    if not items:
        return "Nothing was found. Try other words."
    return "\n\n".join(f"{_head(item)}\n{_shortened(item.text)}" for item in items)


def _head(item: Item) -> str:
    origin = "a person vouches for it" if item.trusted else f"not vouched for by a person; from {_source(item)}"
    return f"[{item.scope}] {item.key} (version {item.version}; {origin})"


def _source(item: Item) -> str:
    return "an earlier run" if item.provenance.source == "lesson" else item.provenance.by or item.provenance.source


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}\n… `get` shows all of it …"


def _nothing(place: Place, key: str) -> str:
    return f"There is no {key!r} in scope {place.scope}."
