"""What a step's tools printed, as one text that only grows: section after section, in the order of the log.

Where each section lies is kept; the text is read from the log again for whoever looks at a part of it.
"""

import asyncio
from collections import OrderedDict

import msgspec
from nats.aio.client import Client

from mycoderai.broker.log import Raw
from mycoderai.gateway.code.history import pages
from mycoderai.gateway.code.ranges import Range
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.execution import ToolResult
from mycoderai.schemas.subjects import Log
from mycoderai.schemas.web.code import OutputSection, StepOutput

KEPT_STEPS = 100
KEPT_SECTIONS = 100_000
"""Of all steps together; the step looked at last is kept, whatever it has."""
MOST_PART_BYTES = 1 << 20


class _Turn(msgspec.Struct):
    attempt: int = 0
    turn: int = 0
    results: tuple[ToolResult, ...] = ()
    round: int = 0
    """Of a start; turns are counted anew in each round."""


class _Event(_Turn):
    """A turn, or a step that waits for a person in the middle of one."""

    kind: str = ""
    partial: _Turn | None = None


_decode = msgspec.json.Decoder(_Event).decode


class _Known:
    def __init__(self) -> None:
        self.sections: list[OutputSection] = []
        self.places: list[tuple[int, int]] = []
        """Of each section, the sequence of its event and which result of it."""
        self.shown = 0, 0
        """The turn a step waits in, and how many of its results are there already."""
        self.round = 0
        self.bytes = 0
        self.seq = 0
        self.lock = asyncio.Lock()


class Outputs:
    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._known: OrderedDict[tuple[Log, str], _Known] = OrderedDict()

    async def sections(self, log: Log, step: str, after: int = 0) -> StepOutput:
        """How the output is made up, past a sequence of the log."""
        known = await self._up_to_now(log, step)
        newer = tuple(s for s, (seq, _) in zip(known.sections, known.places, strict=True) if seq > after)
        return StepOutput(step=step, bytes=known.bytes, sections=newer, seq=known.seq)

    async def part(self, log: Log, step: str, wanted: Range | None) -> tuple[bytes, int, int]:
        """A part of the text, where it begins, and how long the whole is; without a range its end, as much as is
        given at once. Raises Problem 416."""
        known = await self._up_to_now(log, step)
        if not known.bytes and wanted is None:
            return b"", 0, 0
        first, end = (wanted or Range(None, MOST_PART_BYTES)).of(known.bytes)
        end = min(end, first + MOST_PART_BYTES)
        touched = [
            (section, place)
            for section, place in zip(known.sections, known.places, strict=True)
            if section.first < end and section.first + section.bytes > first
        ]
        text = await self._text(log, step, [place for _, place in touched])
        start = touched[0][0].first
        return text[first - start : end - start], first, known.bytes

    async def _up_to_now(self, log: Log, step: str) -> _Known:
        known = self._known.setdefault((log, step), _Known())
        self._known.move_to_end((log, step))
        async with known.lock:
            async for raw in pages(self._nc, log.stream, log.step("*", step), known.seq):
                _take(known, raw)
        self._forget_some()
        return known

    def _forget_some(self) -> None:
        sections = sum(len(known.sections) for known in self._known.values())
        while len(self._known) > 1 and (len(self._known) > KEPT_STEPS or sections > KEPT_SECTIONS):
            _, known = self._known.popitem(last=False)
            sections -= len(known.sections)

    async def _text(self, log: Log, step: str, places: list[tuple[int, int]]) -> bytes:
        """Of sections that follow each other. Raises Problem 404 when one is not stored any more."""
        wanted, parts, last = set(places), list[bytes](), places[-1][0]
        async for raw in pages(self._nc, log.stream, log.step("*", step), places[0][0] - 1):
            if raw.seq > last:
                break
            turn = _read(raw)
            parts += [_text(turn, result) for i, result in enumerate(turn.results) if (raw.seq, i) in wanted]
            if raw.seq == last:
                break
        if len(parts) < len(places):
            raise Problem(404, "not_stored", "that part of the log is not stored any more")
        return b"".join(parts)


def _take(known: _Known, raw: Raw) -> None:
    known.seq = raw.seq
    turn = _read(raw)
    if turn.round > known.round:
        known.round, known.shown = turn.round, (0, 0)
    shown = known.shown[1] if turn.turn == known.shown[0] else 0
    if turn.results:
        known.shown = turn.turn, len(turn.results) if raw.subject.endswith(".waiting") else 0
    for index, result in enumerate(turn.results[shown:], shown):
        size = len(_text(turn, result))
        known.sections.append(_section(turn, result, raw.time, known.bytes, size))
        known.places.append((raw.seq, index))
        known.bytes += size


def _read(raw: Raw) -> _Turn:
    """What is no event printed nothing."""
    try:
        event = _decode(raw.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Turn()
    if event.kind == "step.waiting":
        return event.partial or _Turn()
    return event if event.kind in ("step.turn", "step.started") else _Turn()


def _text(turn: _Turn, result: ToolResult) -> bytes:
    """A heading, faint on a terminal, and what was printed, colours and all."""
    failed = f" · exit {result.exit_code}" if result.exit_code else ""
    heading = f"\x1b[2m── turn {turn.turn} · {result.name}{failed} ──\x1b[0m\n"
    ending = "" if result.output.endswith("\n") or not result.output else "\n"
    return f"{heading}{result.output}{ending}".encode(errors="replace")


def _section(turn: _Turn, result: ToolResult, at: str, first: int, size: int) -> OutputSection:
    kept = (result.data or {}).get("artifact")
    name = kept.get("name") if isinstance(kept, dict) else None
    return OutputSection(
        turn=turn.turn,
        attempt=turn.attempt,
        at=at,
        tool=result.name,
        call=result.call,
        exit_code=result.exit_code,
        truncated=result.truncated,
        artifact=name if isinstance(name, str) else "",
        first=first,
        bytes=size,
    )
