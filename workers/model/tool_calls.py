"""Puts right what is certain about the tool calls of an answer; what is not is left to the agent loop. Pure."""

import itertools
import json
import re
from collections.abc import Collection, Sequence

import msgspec

from mycoderai.schemas.chat import ToolCall

_USABLE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What every provider takes back as an id."""


def repaired(
    calls: Sequence[ToolCall], call: str, *, cut_off: bool, taken: Collection[str] = ()
) -> tuple[ToolCall, ...]:
    """Each call once, with an id of its own, made of the model call's where the given one is taken or of no use;
    arguments that were encoded twice decoded once. Of an answer that was cut off only calls that are whole: half a
    command must not run."""
    ids, seen = set(taken), set[ToolCall]()
    kept: list[ToolCall] = []
    for index, one in enumerate(calls):
        if (one.id and one in seen) or (cut_off and not is_object(_decoded_once(one.arguments))):
            continue
        seen.add(one)
        id_ = one.id if _USABLE_ID.fullmatch(one.id) and one.id not in ids else _new_id(f"{call}-{index}", ids)
        ids.add(id_)
        kept.append(msgspec.structs.replace(one, id=id_, arguments=_decoded_once(one.arguments)))
    return tuple(kept)


def is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False


def _new_id(wanted: str, ids: Collection[str]) -> str:
    candidates = itertools.chain((wanted,), (f"{wanted}-{number}" for number in itertools.count()))
    return next(id_ for id_ in candidates if id_ not in ids)


def _decoded_once(arguments: str) -> str:
    if not arguments.lstrip().startswith('"'):
        return arguments
    try:
        inner = json.loads(arguments)
    except ValueError:
        return arguments
    return inner if is_object(inner) else arguments
