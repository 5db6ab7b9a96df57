"""What browsers watch: they enter and leave the rooms, and get a first picture of each."""

from collections.abc import Callable
from typing import Any

from nats.aio.client import Client

from mycoderai.gateway import wire
from mycoderai.gateway.beginning import Beginnings
from mycoderai.gateway.engine import Reply
from mycoderai.gateway.line import Line
from mycoderai.gateway.live import Live
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.rooms import Member, Room
from mycoderai.gateway.rooms_fleet import FleetRoom, Look
from mycoderai.gateway.rooms_inbox import InboxRoom
from mycoderai.gateway.run_list import RunList
from mycoderai.gateway.run_log import RunLog
from mycoderai.gateway.sources import Sources
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.memory import RunDetail
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log
from mycoderai.schemas.web.access import Me
from mycoderai.schemas.web.sockets import Subscribe, Unsubscribe

RUNS, INBOX, FLEET = "runs", "inbox", "fleet"
MOST_WATCHED = 16
"""Things one connection may watch."""


class Browser:
    """Who is on a line, and what it watches."""

    def __init__(self, line: Line, me: Me, address: str) -> None:
        self.line = line
        self.me = me
        self.address = address
        self.watching: dict[str, list[tuple[str, Room[Any], Member]]] = {}
        """By what it asked for: under which keys which rooms are open for it."""


class Watching:
    """The rooms that are open, and who is in them."""

    def __init__(self, nc: Client, settings: Settings, look: Look) -> None:
        self._nc = nc
        self._look = look
        self._memory = Memory(nc)
        self._beginnings = Beginnings(nc, settings, self._memory)
        self._sources = Sources()

    async def subscribe(self, browser: Browser, asked: Subscribe) -> Reply:
        room = _room(asked)
        if room == RUNS:
            return await self._watch_list(browser)
        if room == INBOX:
            return await self._watch(browser, INBOX, lambda: Room(InboxRoom(self._nc, self._memory)))
        if room == FLEET:
            return await self._watch(browser, FLEET, lambda: Room(FleetRoom(self._look)))
        return await self._watch_run(browser, asked)

    async def unsubscribe(self, browser: Browser, asked: Unsubscribe) -> Reply:
        self._leave(browser, _room(asked))
        return {}

    def leave_all(self, browser: Browser) -> None:
        for name in list(browser.watching):
            self._leave(browser, name)

    async def _watch_list(self, browser: Browser) -> Reply:
        room = self._sources.open(RUNS, lambda: Room(RunList(self._nc, self._memory)))
        try:
            cursor, lines = await room.source.snapshot()
            self._enter(browser, RUNS, {RUNS: (room, cursor)})
        finally:
            self._sources.close(RUNS)
        return {"runs": [wire.plain(line) for line in lines], "seq": cursor}

    async def _watch(self, browser: Browser, name: str, make: Callable[[], Room[Any]]) -> Reply:
        room = self._sources.open(name, make)
        try:
            cursor, snapshot = await room.source.snapshot()
            self._enter(browser, name, {name: (room, cursor)})
        finally:
            self._sources.close(name)
        whole: Reply = snapshot
        return whole

    async def _watch_run(self, browser: Browser, asked: Subscribe) -> Reply:
        detail, cursor, anew, behind = await self._beginnings.of(asked)
        run, shard = detail.run.run, detail.run.shard
        data: Reply = {"run": run, "seq": cursor}
        if anew:
            data |= await self._shown(detail, asked)
        events, live = f"run:{run}", f"live:{run}"
        if behind:
            self._leave(browser, events)
            return data | {"behind": behind}
        log_room = self._sources.open(events, lambda: Room(RunLog(self._nc, Log(run, shard), detail.applied)))
        live_room = self._sources.open(live, lambda: Room(Live(self._nc, run), lossy=True))
        try:
            rooms: dict[str, tuple[Room[Any], int]] = {events: (log_room, cursor)}
            if asked.live:
                rooms[live] = live_room, live_room.source.head
            self._enter(browser, events, rooms)
        finally:
            self._sources.close(events)
            self._sources.close(live)
        return data

    async def _shown(self, detail: RunDetail, asked: Subscribe) -> Reply:
        shown: Reply = {"detail": wire.plain(detail)}
        if asked.turns:
            shown["turns"] = wire.plain(await self._memory.last_turns(detail.run.run, detail.applied))
        return shown

    def _enter(self, browser: Browser, name: str, rooms: dict[str, tuple[Room[Any], int]]) -> None:
        """Nothing is sent before the next turn of the event loop, and the ack goes out in this one."""
        self._leave(browser, name)
        if browser.line.closed:  # it left while memory was asked
            raise Problem(400, "disconnected", "the connection is gone")
        if len(browser.watching) >= MOST_WATCHED:
            raise Problem(400, "too_many_subscriptions", f"one connection watches at most {MOST_WATCHED} things")
        watched = browser.watching[name] = []
        for key, (room, cursor) in rooms.items():
            self._sources.hold(key)
            watched.append((key, room, room.enter(browser.line, cursor)))

    def _leave(self, browser: Browser, name: str) -> None:
        for key, room, member in browser.watching.pop(name, ()):
            room.leave(member)
            self._sources.close(key)


def _room(asked: Subscribe | Unsubscribe) -> str:
    """What it is about: one of the rooms, or a run."""
    if asked.run and asked.room:
        raise Problem(400, "bad_request", "name a run or a room")
    if asked.run and not is_token(asked.run):
        raise Problem(400, "bad_request", "that is not a run's id", "mycoder ls shows the runs")
    if isinstance(asked, Subscribe) and min(asked.after_seq or 0, asked.at_most or 0) < 0:
        raise Problem(400, "bad_request", "after_seq and at_most are not negative")
    return f"run:{asked.run}" if asked.run else asked.room or RUNS
