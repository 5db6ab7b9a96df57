"""What a run's log says without when, where, at what price and after how many crashes. Pure."""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from mycoderai.schemas.events import (
    AnyEvent,
    AskHeard,
    EvidenceRecorded,
    Recorded,
    RunFinished,
    RunPlanned,
    RunSubmitted,
    StepDone,
    StepFailed,
    StepOpened,
    StepReady,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
    Unreadable,
)

Fields = dict[str, Any]
_OWN_TO_A_RUN: dict[type, frozenset[str]] = {
    RunSubmitted: frozenset({"replay", "at_s", "submitted_by", "notes"}),
    RunPlanned: frozenset(),
    # The branch is named after the run; turns and money are sums.
    RunFinished: frozenset({"branch", "turns", "cost_usd"}),
    AskHeard: frozenset({"ask"}),
    # Which other steps had begun is a matter of time; the submission has its own event.
    StepReady: frozenset({"submission", "begun", "at_s"}),
    StepOpened: frozenset({"attempt", "session", "isolation"}),
    StepTurn: frozenset({"attempt"}),
    StepWaiting: frozenset({"attempt", "partial"}),
    StepSteered: frozenset({"attempt"}),
    StepDone: frozenset({"attempt"}),
    StepFailed: frozenset({"attempt"}),
}
"""The events that count, and which of their fields are no part of what the run did. A model's answer counts in its
turn, evidence where it is named, an ask where it is heard, and how often an attempt was lost not at all."""
_ANYWHERE = frozenset({"duration_s", "elapsed_s", "cost_usd", "bundle", "repeated", "artifact"})
_OF_EVIDENCE = frozenset({"id", "isolation"})
_OF_HEARD = frozenset({"ask"})
_ONLY_TIME = (
    re.compile(r'("\w*(?:seconds|_s|_ms)": ?)-?\d[\d.e+-]*'),
    re.compile(r"\b()\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?"),
    re.compile(r"\b()\d+(?:\.\d+)? ?(?:s|ms|µs|secs?|seconds?)\b"),
    re.compile(r"\b()0x[0-9a-f]{6,16}\b"),
)
"""Durations, moments, and addresses of objects in memory, in what tools print."""


class Entry(NamedTuple):
    kind: str
    turn: int
    """0 for what is no turn."""
    fields: Fields


class Essence(NamedTuple):
    run: list[Entry]
    steps: dict[str, list[Entry]]
    """In the order in which they began."""
    cut_off: frozenset[str]
    """Steps that had begun and came to no end of their own."""


def essence(log: Iterable[Recorded]) -> Essence:
    events = _until_the_end(log)
    evidence = {
        recorded.event.evidence.id: msgspec.to_builtins(recorded.event.evidence)
        for recorded in events
        if isinstance(recorded.event, EvidenceRecorded)
    }
    run: list[Entry] = []
    steps: dict[str, list[Entry]] = {}
    open_steps: set[str] = set()
    opened: set[tuple[str, int]] = set()
    rounds: dict[str, int] = {}
    for recorded in events:
        step, event = recorded.subject.step, recorded.event
        match event:
            case StepStarted(round=round_):
                rounds[step] = round_
                open_steps.add(step)
            case StepDone() | StepFailed():
                open_steps.discard(step)
            case StepOpened() if (step, rounds.get(step, 0)) in opened:
                continue  # by another attempt
            case StepOpened():
                opened.add((step, rounds.get(step, 0)))
        if isinstance(event, Unreadable) or type(event) not in _OWN_TO_A_RUN or _is_only_time(event):
            continue
        into = steps.setdefault(step, []) if step else run
        into.append(_entry(event, evidence))
    return Essence(run, steps, frozenset(open_steps))


def _until_the_end(log: Iterable[Recorded]) -> list[Recorded]:
    """Without what workers still said after the run had ended."""
    events = list(log)
    end = next((n for n, recorded in enumerate(events) if isinstance(recorded.event, RunFinished)), len(events))
    return events[: end + 1]


def _is_only_time(event: object) -> bool:
    """A pause, messages (they count in the turn that heard them), and asks that changed nothing."""
    match event:
        case AskHeard(accepted=accepted, what=what):
            return not accepted or what in ("message", "pause", "resume")
        case StepWaiting(question=question):
            return question.kind == "paused"
        case StepReady(answer=answer):
            return answer is not None and answer.question.startswith("pause-")
    return False


def _entry(event: AnyEvent, evidence: dict[str, Fields]) -> Entry:
    fields: Fields = msgspec.to_builtins(event)
    kind = fields.pop("kind")
    for name in _OWN_TO_A_RUN[type(event)]:
        fields.pop(name, None)
    match event:
        case StepDone(evidence=id_):
            fields["evidence"] = _proof(evidence.get(id_))
        case RunFinished():
            fields["evidence"] = _proof(fields["evidence"])
        case RunPlanned():
            fields["taken_over"] = [taken | {"evidence": _proof(taken["evidence"])} for taken in fields["taken_over"]]
        case StepTurn():
            fields["heard"] = [_without(heard, _OF_HEARD) for heard in fields["heard"]]
            fields["results"] = [_timeless_result(result) for result in fields["results"]]
    return Entry(kind, event.turn if isinstance(event, StepTurn) else 0, _map(_plain, fields))


def _proof(evidence: Fields | None) -> Fields | None:
    return evidence and _without(evidence, _OF_EVIDENCE)


def _timeless_result(result: Fields) -> Fields:
    return _map(_timeless, result)  # type: ignore[no-any-return]


def _timeless(value: Any) -> Any:
    if isinstance(value, str):
        for pattern in _ONLY_TIME:
            value = pattern.sub(r"\1#", value)
    return value


def _plain(value: Any) -> Any:
    return _without(value, _ANYWHERE) if isinstance(value, dict) else value


def _without(fields: Fields, names: Iterable[str]) -> Fields:
    return {name: value for name, value in fields.items() if name not in names}


def _map(change: Callable[[Any], Any], value: Any) -> Any:
    """A value of JSON kinds with every part of it changed, the outer ones first."""
    value = change(value)
    if isinstance(value, dict):
        return {name: _map(change, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_map(change, inner) for inner in value]
    return value
