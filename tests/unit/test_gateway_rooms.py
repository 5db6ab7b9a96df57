"""Rooms: everybody gets everything once and in order, who does not read slows nobody, and lossy sources lose."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from mycoderai.gateway import packets, rooms
from mycoderai.gateway.line import Line
from mycoderai.gateway.live import MOST_CHARS, Live
from mycoderai.gateway.packets import Batch, Packet
from mycoderai.gateway.rooms import Room
from mycoderai.gateway.sources import Head, Part
from mycoderai.schemas.subjects import live

PART = 3


class Numbers(Head):
    """A source of numbers; at hand are the last ten."""

    async def run(self) -> None:
        await asyncio.Event().wait()

    def at_hand(self, cursor: int) -> Part | None:
        return None if cursor < self.head - 10 else self._part(cursor)

    async def after(self, cursor: int) -> Part:
        await asyncio.sleep(0)
        return self._part(cursor)

    def _part(self, cursor: int) -> Part:
        reached = min(cursor + PART, self.head)
        return reached, Batch(packets.event("n", number) for number in range(cursor + 1, reached + 1))


class Browser:
    """A line whose other end reads when it is told to."""

    def __init__(self, room_for: int = 1 << 30) -> None:
        self.got: list[Any] = []
        self.closed = False
        self.why = ""
        self._room = room_for
        self._read = asyncio.Event()

    @property
    def free(self) -> bool:
        return self._room > 0

    idle = free

    async def freed(self) -> None:
        while not self.free:
            self._read.clear()
            await self._read.wait()

    def read(self, writes: int) -> None:
        self._room += writes
        self._read.set()

    def write(self, batch: Batch) -> None:
        self._room -= 1
        self.got += [msgspec.json.decode(packet.encode()[2:])[1] for packet in batch.packets]

    def end(self, why: str) -> None:
        self.why = why

    @property
    def line(self) -> Line:
        return cast(Line, self)


@asynccontextmanager
async def running(room: Room[Any]) -> AsyncIterator[None]:
    task = asyncio.create_task(room.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0)


async def test_all_who_watch_get_everything_past_their_cursors() -> None:
    source = Numbers(5)
    room = Room(source)
    early, late, ahead = Browser(), Browser(), Browser()
    async with running(room):
        room.enter(early.line, 0)
        room.enter(late.line, 4)
        room.enter(ahead.line, 7)
        source.move(9)
        await until(lambda: [browser.got[-1:] for browser in (early, late, ahead)] == [[9]] * 3)
    assert (early.got, late.got, ahead.got) == ([*range(1, 10)], [*range(5, 10)], [8, 9])


async def test_one_that_does_not_read_gets_it_later_and_holds_up_nobody() -> None:
    source = Numbers()
    room = Room(source)
    quick, stuck = Browser(), Browser(room_for=1)
    async with running(room):
        for browser in (quick, stuck):
            room.enter(browser.line, 0)
        for head in range(1, 40):
            source.move(head)
            await until(lambda: quick.got[-1:] == [source.head])
        assert stuck.got == [1]
        stuck.read(100)
        await until(lambda: stuck.got[-1:] == [39])
    assert quick.got == stuck.got == [*range(1, 40)]


async def test_one_that_reads_nothing_for_long_is_ended(monkeypatch: Any) -> None:
    monkeypatch.setattr(rooms, "STUCK_S", 0.01)
    source, stuck = Numbers(3), Browser(room_for=0)
    room = Room(source)
    async with running(room):
        room.enter(stuck.line, 0)
        await until(lambda: stuck.why != "")
    assert stuck.got == []


async def test_who_has_left_gets_nothing_more() -> None:
    source, browser, other = Numbers(), Browser(), Browser()
    room = Room(source)
    async with running(room):
        member = room.enter(browser.line, 0)
        room.enter(other.line, 0)
        source.move(2)
        await until(lambda: browser.got == [1, 2])
        room.leave(member)
        source.move(4)
        await until(lambda: other.got == [1, 2, 3, 4])
    assert browser.got == [1, 2]


Deed = tuple[str, int, int]


@given(st.lists(st.tuples(st.sampled_from(["move", "read", "enter", "turn"]), st.integers(0, 3), st.integers(1, 15))))
@settings(max_examples=60, phases=[Phase.generate])  # to shrink what waits in vain takes minutes
def test_whatever_the_order_nobody_misses_or_repeats_anything(deeds: list[Deed]) -> None:
    asyncio.run(_carry_out(deeds))


async def _carry_out(deeds: list[Deed]) -> None:
    source = Numbers()
    room = Room(source)
    watching: dict[Browser, int] = {}
    async with running(room):
        for what, who, amount in deeds:
            if what == "enter" or not watching:
                browser = Browser(room_for=who)
                watching[browser] = max(0, source.head - amount)
                room.enter(browser.line, watching[browser])
            elif what == "move":
                source.move(source.head + amount)
            elif what == "read":
                list(watching)[who % len(watching)].read(amount)
            else:
                await asyncio.sleep(0)
        source.move(source.head + 1)
        for browser in watching:
            browser.read(1 << 20)
        await until(lambda: all(browser.got[-1:] == [source.head] for browser in watching))
    for browser, cursor in watching.items():
        assert browser.got == [*range(cursor + 1, source.head + 1)]


class Heard:
    def __init__(self, subject: str, data: bytes) -> None:
        self.subject = subject
        self.data = data
        self.reply = ""
        self.headers = None


def say(source: Live, step: str, kind: str, **fields: object) -> None:
    source._on_message(Heard(live("r", step, kind), msgspec.json.encode(fields)))


def told(part: Part) -> list[dict[str, Any]]:
    return [msgspec.json.decode(packet.encode()[2:])[1] for packet in part[1].packets]


def test_what_a_step_says_between_two_ticks_goes_out_together() -> None:
    source = Live(cast(Any, None), "r")
    for text in ("I ", "look", "."):
        say(source, "main", "delta", call="c", text=text)
    say(source, "other", "tool", tool="bash", arguments={"command": "ls"})
    source._publish()
    one, other = told(source.at_hand(0))
    assert one == {"run": "r", "step": "main", "kind": "delta", "text": "I look."}
    assert (other["kind"], msgspec.json.decode(other["text"])["tool"]) == ("tool", "bash")


def test_a_step_gets_one_event_a_tick() -> None:
    source = Live(cast(Any, None), "r")
    for kind in ("delta", "tool", "output"):
        say(source, "main", kind, text=kind)
    counts = []
    for _ in range(4):
        source._publish()
        counts.append(source.head)
    assert counts == [1, 2, 3, 3]


def test_too_much_of_a_step_is_cut_and_marked() -> None:
    source = Live(cast(Any, None), "r")
    for letter in "ab":
        say(source, "main", "output", text=letter * MOST_CHARS)
    source._publish()
    (only,) = told(source.at_hand(0))
    assert (only["text"], only["dropped"]) == ("b" * MOST_CHARS, True)


def test_who_was_left_out_is_told_where_something_is_missing() -> None:
    source = Live(cast(Any, None), "r")
    for number in range(20):
        for step in ("one", "two"):
            say(source, step, "output", text=f"{number} " + "x" * 10_000)
        source._publish()
    seen = told(source.at_hand(2))
    assert [event.get("dropped", False) for event in seen] == [True, True] + [False] * (len(seen) - 2)
    assert sum(len(event["text"]) for event in seen) < 200_000
    assert "dropped" not in told(source.at_hand(source.head - 1))[0]


def test_what_is_no_message_of_ours_says_nothing() -> None:
    source = Live(cast(Any, None), "r")
    for data in (b"", b"{", b"\xff"):
        source._on_message(Heard(live("r", "main", "delta"), data))
    source._on_message(Heard(live("r", "main", "delta"), b'{"text": 7}'))
    source._publish()
    assert [event["text"] for event in told(source.at_hand(0))] == ['{"text": 7}']


@given(st.text(min_size=1, max_size=300) | st.integers(120, 70_000).map(lambda size: "x" * size))
@settings(max_examples=30)
def test_a_frame_is_what_a_websocket_reads(text: str) -> None:
    packet = Packet(text.encode())
    peer = Connection(ConnectionType.CLIENT)
    peer.receive_data(packet.frame + packet.frame)
    read = [(event.data, event.message_finished) for event in peer.events() if isinstance(event, TextMessage)]
    assert "".join(data for data, _ in read) == text * 2
    assert packet.encode() == text
