"""What a broker holds against what was declared and what it held before: pure comparisons."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

CLOSED = "mycoder.closed"
"""Stream metadata: why no new runs are accepted."""
_WHILE_CLOSED = frozenset({"subjects", "max_bytes"})


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stream has come, as far as it tells whether something was taken away from it."""

    created: str
    last_seq: int
    messages: int


def position_of(info: Mapping[str, Any]) -> Position:
    state = info["state"]
    return Position(created=info["created"], last_seq=state["last_seq"], messages=state["messages"])


def differences(declared: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
    """What is otherwise than declared, one phrase each. What is not declared is the server's to choose."""
    changed_on_purpose = _WHILE_CLOSED if closed_reason(actual) else frozenset()
    return [
        phrase
        for key, value in declared.items()
        if key not in changed_on_purpose
        for phrase in _differ(key, value, actual.get(key))
    ]


def closed_reason(config: Mapping[str, Any]) -> str:
    """Why an event stream takes no new runs; empty when it does."""
    return str((config.get("metadata") or {}).get(CLOSED, ""))


def correction(declared: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, Any]:
    """What to ask the server for: as declared, but for what was changed on purpose while no new runs are accepted. What
    is as declared stays as it is, with what was added to it: where a queue that began anew begins."""
    kept = _WHILE_CLOSED if closed_reason(actual) else frozenset()
    changed = {key: value for key, value in declared.items() if key not in kept and not _same(value, actual.get(key))}
    return {**actual, **changed, "metadata": {**(actual.get("metadata") or {}), **declared.get("metadata", {})}}


def loss(before: Position, now: Position | None) -> str:
    """What was taken away from a stream that only grows; empty when nothing was."""
    if now is None:
        return "is gone"
    if now.created != before.created:
        return "was deleted and made anew"
    if now.last_seq < before.last_seq:
        return f"went back from message {before.last_seq} to {now.last_seq}"
    missing = before.messages + now.last_seq - before.last_seq - now.messages
    return f"lost {missing} of its messages" if missing > 0 else ""


def sourced_too_far(commands: Mapping[str, Any], positions: Mapping[str, Position]) -> list[str]:
    """Streams that end before the place up to which their events were copied into the queue.

    The server goes on copying behind that place, so what such a stream stores next would never be worked on.
    """
    sources: Iterable[Mapping[str, Any]] = commands.get("sources") or ()
    return [
        source["name"]
        for source in sources
        if source["name"] in positions and source.get("seq", 0) > positions[source["name"]].last_seq
    ]


def _differ(key: str, declared: Any, actual: Any) -> list[str]:
    if isinstance(declared, dict) and isinstance(actual, dict):
        return [
            phrase for name, value in declared.items() for phrase in _differ(f"{key}.{name}", value, actual.get(name))
        ]
    return [] if _same(declared, actual) else [f"{key} is {_short(actual)} instead of {_short(declared)}"]


def _same(declared: Any, actual: Any) -> bool:
    if isinstance(declared, dict) and isinstance(actual, dict):
        return all(_same(value, actual.get(key)) for key, value in declared.items())
    if isinstance(declared, list) and isinstance(actual, list):
        return len(declared) == len(actual) and all(map(_same, declared, actual))
    if not declared and not actual:
        return True  # the server leaves out what is empty
    return bool(declared == actual)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
