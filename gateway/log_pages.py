"""Pages of a run's log, forward and backward, in a stream that it shares with other runs.

The broker reads forward only. A page backward is looked for in a range before a place, and in larger and larger ones
before that; how large is told by how much of the range before was the run's.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nats.aio.client import Client

from mycoderai.broker.log import Raw, last, read_some
from mycoderai.gateway.finding import FoundRun
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.subjects import Log, parse_event
from mycoderai.schemas.web.runs import EventsQuery

MOST_EVENTS = 1_000
LOOKED_AT = 3_000
"""Messages one page looks at: filters that let little through end a page early."""
PAGE_BYTES = 8 << 20
"""About what a page holds at most, so that some who ask at once do not fill a gateway; of large messages, fewer."""
BATCH = 500
LEAST_RANGE, LEAST_BATCH = 64, 8
OF_A_STEP = 0.5
"""How much of the stream one step has while it is at work."""
_NEXT_TO_NOTHING = 1e-12
_FIELDS = {"ready": "step.ready", "call": "model.answered", "proof": "evidence.recorded"}
_FAMILY_OF = {kind: family for family, kind in _FIELDS.items()}
_KIND = re.compile(r"[a-z]+\.[a-z]*")
Keep = Callable[[Raw], bool]


class Page(NamedTuple):
    messages: list[Raw]
    first_seq: int
    """Everything from here to `last_seq` was looked at."""
    last_seq: int
    more_before: bool
    more_after: bool


class Newest:
    """The last messages of those added: `most`, and one or what fits into `PAGE_BYTES`. What falls out is not kept in
    memory meanwhile."""

    def __init__(self, most: int) -> None:
        self.messages: deque[Raw] = deque()
        self.is_cut = False
        self.looked = 0
        self.size = 0
        self._most = most

    def add(self, raw: Raw) -> None:
        self.messages.append(raw)
        self.size += len(raw.data)
        while len(self.messages) > self._most or (self.size > PAGE_BYTES and len(self.messages) > 1):
            self.size -= len(self.messages.popleft().data)
            self.is_cut = True


class LogPages:
    def __init__(self, nc: Client, found: FoundRun) -> None:
        self._nc = nc
        self._log = found.log
        self._begin = found.submitted.seq

    async def page(self, query: EventsQuery) -> Page:
        """Raises ValueError for a filter that makes no sense."""
        limit = max(1, min(query.limit, MOST_EVENTS))
        subject, keep = subject_of(self._log, query), keeper(query)
        if query.after >= 0:
            return await self._forward(subject, keep, max(query.after, self._begin - 1), limit)
        end, count = await asyncio.gather(self._last(self._log.all), self.size(subject))
        newest = await self._last(subject)  # asked second: up to the end nothing may be missing
        before = min(query.before or end + 1, end + 1)
        density = count / (newest + 1 - self._begin)
        here = max(density, OF_A_STEP) if query.step else density
        kept, low = await self._backward(subject, keep, min(before, newest + 1), limit, density, here)
        return Page(kept, low, max(before - 1, low), low > self._begin, before <= end)

    async def _last(self, subject: str) -> int:
        """Where the last message of a subject is; without one, where the log begins."""
        newest = await last(self._nc, subject, self._log.stream)
        return newest.seq if newest else self._begin

    async def size(self, subject: str = "") -> int:
        """Messages of the run on a subject, or all of them, as the broker counts them."""
        found, more = await read_some(self._nc, self._log.stream, subject or self._log.all, self._begin - 1, 1)
        return len(found) + more

    async def _forward(self, subject: str, keep: Keep, after: int, limit: int) -> Page:
        kept: list[Raw] = []
        seen, looked, size, more = after, 0, 0, 1
        while more and len(kept) < limit and size < PAGE_BYTES and looked < LOOKED_AT:
            found, more = await read_some(self._nc, self._log.stream, subject, seen, min(limit, BATCH))
            for number, raw in enumerate(found, 1):
                seen, looked = raw.seq, looked + 1
                if keep(raw):
                    kept.append(raw)
                    size += len(raw.data)
                if len(kept) == limit or size >= PAGE_BYTES:
                    more += len(found) - number
                    break
        return Page(kept, after + 1, seen, after >= self._begin, bool(more))

    async def _backward(
        self, subject: str, keep: Keep, before: int, limit: int, density: float, here: float
    ) -> tuple[list[Raw], int]:
        """The page, and from where on it was looked for. density: how much of the stream is the subject's, on average
        and `here`."""
        kept: list[Raw] = []
        low, looked, size = before, 0, 0
        wanted = here
        while low > self._begin and len(kept) < limit and size < PAGE_BYTES and looked < LOOKED_AT:
            missing = limit - len(kept)
            width = width_for(missing, wanted, here, LOOKED_AT - looked)
            high, low = low, max(low - width, self._begin)
            found = await self._range(subject, low, high, here, keep, missing)
            if found.is_cut:
                low = found.messages[0].seq
            kept, looked, size = [*found.messages, *kept], looked + found.looked + 1, size + found.size
            here = density = (density + found.looked / (high - low)) / 2
            wanted = min(len(found.messages) / (high - low), density)
        return kept, low

    async def _range(self, subject: str, low: int, high: int, density: float, keep: Keep, most: int) -> Newest:
        """What the subject has from `low` on and before `high`, of that the last `most` that pass. Not much more is
        asked for than there may be, because the broker would look for it up to the end of the stream."""
        found = Newest(most)
        seen, more = low - 1, 1
        while more and seen < high - 1:
            likely = int((high - seen) * density * 1.2) + LEAST_BATCH
            batch, more = await read_some(self._nc, self._log.stream, subject, seen, min(high - seen, likely, BATCH))
            seen = batch[-1].seq if batch else high
            here = [raw for raw in batch if raw.seq < high]
            for raw in filter(keep, here):
                found.add(raw)
            found.looked += len(here)
        return found


def width_for(missing: int, wanted: float, density: float, most: int) -> int:
    """How many sequences to look through next: for so many messages that are `wanted`, at most `most` of the run's."""
    likely = 1.3 * missing / max(wanted, _NEXT_TO_NOTHING)
    return max(int(min(likely, most / max(density, _NEXT_TO_NOTHING))), LEAST_RANGE)


def subject_of(log: Log, query: EventsQuery) -> str:
    """The narrowest subject that holds all that is wanted; the broker filters by one only."""
    kinds = _kinds(query)
    step = query.step if is_token(query.step) else "*"
    if len(kinds) != 1 or kinds[0].endswith("."):
        return log.step("*", step) if kinds and all(_is_of_attempt(kind) for kind in kinds) else log.all
    family, _, type_ = kinds[0].partition(".")
    match _FAMILY_OF.get(kinds[0], family):
        case "ready":
            return log.ready("*", step)
        case "step":
            return log.step_event("*", step, type_)
        case "call":
            return log.call(step, "*")
        case "proof":
            return log.proof(step, "*")
        case "run" if not query.step:
            return log.run_event(type_)
        case "ask" if not query.step:
            return log.ask(type_)
    return log.all


def _is_of_attempt(kind: str) -> bool:
    """A kind that stands with the others of its step; being made ready, which a whole family includes, does not."""
    return kind.startswith("step.") and kind != "step." and kind not in _FAMILY_OF


def keeper(query: EventsQuery) -> Keep:
    """Whether a message passes the filters. It tells by subject and bytes: most are not shown, so none is decoded."""
    kinds, step, text = _kinds(query), query.step, query.text.encode(errors="replace").lower()

    def keep(raw: Raw) -> bool:
        if (kinds or step) and not _about(raw.subject, kinds, step):
            return False
        return not text or text in raw.data.lower()

    return keep


def _about(subject: str, kinds: Sequence[str], step: str) -> bool:
    try:
        where = parse_event(subject)
    except MalformedMessage:
        return False
    kind = _FIELDS.get(where.family, f"{where.family}.{where.type}")
    return (not step or where.step == step) and (not kinds or any(_matches(kind, wanted) for wanted in kinds))


def _matches(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted) if wanted.endswith(".") else kind == wanted


def _kinds(query: EventsQuery) -> tuple[str, ...]:
    """Raises ValueError for what can be no kind."""
    kinds = tuple(dict.fromkeys(kind.strip() for kind in query.kinds.split(",") if kind.strip()))
    if odd := next((kind for kind in kinds if not _KIND.fullmatch(kind)), ""):
        raise ValueError(f"{odd[:80]!r} is no kind of event")
    return kinds
