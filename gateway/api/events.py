"""A run's log: pages of it, and each message as it is stored."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from mycoderai.broker.log import Raw, at
from mycoderai.gateway import wire
from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint, Response
from mycoderai.gateway.code import answers
from mycoderai.gateway.finding import find_run
from mycoderai.gateway.log_pages import LogPages, Page
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.web.runs import EventPage, EventsQuery, StoredEvent

_MOST_DIGITS = 18


class EventsApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/runs/{run}/events", handler=self.list_events, query=EventsQuery, reply=EventPage,
                problems=(404,), summary="A page of a run's log, from either end, filtered by kind, step and text",
            ),
            Endpoint(
                method="GET", path="/runs/{run}/events/{seq}", handler=self.get_event, reply=StoredEvent,
                problems=(404,), summary="One message of a run's log, whole, as it is stored",
            ),
        ]  # fmt: skip

    async def list_events(self, call: Call) -> Response:
        pages = LogPages(self._nc, await find_run(self._nc, self._settings, self._memory, call.run))
        try:
            page, total = await asyncio.gather(pages.page(call.query), pages.size())
        except ValueError as err:
            raise Problem(400, "bad_request", str(err)) from err
        return await answers.json_answer(call.request, lambda: _page(page, total))

    async def get_event(self, call: Call) -> Response:
        found = await find_run(self._nc, self._settings, self._memory, call.run)
        text = call.path["seq"]
        seq = int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else 0
        raw = await at(self._nc, found.log.stream, seq) if seq else None
        if raw is None or not raw.subject.startswith(found.log.all.removesuffix(">")):
            raise Problem(404, "unknown_event", "the run's log has no message with that number")
        return await answers.json_answer(call.request, lambda: _stored(raw))


def _page(page: Page, total: int) -> EventPage:
    return EventPage(
        events=_shown(page.messages),
        first_seq=page.first_seq,
        last_seq=page.last_seq,
        more_before=page.more_before,
        more_after=page.more_after,
        total=total,
    )


def _stored(raw: Raw) -> StoredEvent:
    return StoredEvent(
        seq=raw.seq, time=raw.time, subject=raw.subject, id=raw.id, event=_content(raw.data), bytes=len(raw.data)
    )


def _shown(messages: Sequence[Raw]) -> tuple[dict[str, Any], ...]:
    """What is no event has a place in the log and nothing to show."""
    shown: list[dict[str, Any]] = []
    for raw in messages:
        try:
            shown.append(wire.event(raw.parse()))
        except MalformedMessage:
            continue
    return tuple(shown)


def _content(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return data.decode(errors="replace")
