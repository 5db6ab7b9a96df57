"""Browsers: the same Socket.IO, the same questions and the same cursors as the page's (web/src/data/socket.ts)."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import aiohttp
import socketio
from rig import GATEWAYS, Rig

from mycoderai.gateway.sign_in import URL_FILE

ANSWERS_WITHIN_S = 12.0
AGAIN_S = 0.3
ENDS_WITHIN_S = 360.0
"""Of a view: twice what the run itself has (O7), so that it is the browser's fault when this is over. One that has not
come to its run's end by then is judged as it is."""
ENDED = ("succeeded", "failed", "cancelled")
Lost = (socketio.exceptions.SocketIOError, aiohttp.ClientError, OSError, TimeoutError)


class View:
    """What one browser has of one run: the state up to `base`, and the events after it."""

    def __init__(self, run: str, base: int | None) -> None:
        self.run = run
        self.base = base
        self.seqs: list[int] = []
        self.connections = 0
        self.status = ""
        """How memory says that the run ended."""
        self.wrong: list[str] = []
        self.has_ended = asyncio.Event()

    @property
    def cursor(self) -> int | None:
        return self.seqs[-1] if self.seqs else self.base

    def start_at(self, answer: dict[str, Any]) -> None:
        """The answer to a subscription: go on where the view ends, or begin with a newer picture of the whole."""
        if "detail" in answer:
            self.base, self.seqs = answer["seq"], []
            if answer["detail"]["run"]["status"] in ENDED:
                self.has_ended.set()
        elif answer["seq"] != self.cursor:
            self.wrong.append(f"asked to go on after {self.cursor}, the gateway goes on after {answer['seq']}")

    def take(self, event: dict[str, Any]) -> None:
        if event["run"] != self.run:
            self.wrong.append(f"it was sent an event of {event['run']}")
            return
        if self.cursor is None or event["seq"] <= self.cursor:
            self.wrong.append(f"event {event['seq']} came when {self.cursor} was there")
        self.seqs.append(event["seq"])
        if event["kind"] == "run.finished":
            self.has_ended.set()


class Browser:
    """It connects to the one gateway and the other by turns, as behind something that spreads the load."""

    def __init__(self, rig: Rig, number: int) -> None:
        self._rig = rig
        self._gateways = itertools.cycle(GATEWAYS[number % 2 :] + GATEWAYS[: number % 2])

    async def watch(self, view: View) -> None:
        """From where the view is until the run's end, over as many connections as that takes."""
        until = time.monotonic() + ENDS_WITHIN_S
        while not view.has_ended.is_set() and time.monotonic() < until:
            with suppress(*Lost):
                await self._sit(view)
            await asyncio.sleep(AGAIN_S)

    async def look(self, view: View) -> None:
        """What memory says about a run that has ended, once it has applied what the view has."""
        until = time.monotonic() + ENDS_WITHIN_S
        while view.status not in ENDED and time.monotonic() < until:
            with suppress(*Lost):
                picture = View(view.run, None)
                async with asyncio.timeout(ANSWERS_WITHIN_S):
                    answer = await self._sit(picture, {"run": view.run})
                if answer["seq"] >= (view.cursor or 0):
                    view.status = answer["detail"]["run"]["status"]
            await asyncio.sleep(AGAIN_S)

    async def _sit(self, view: View, asked: dict[str, Any] | None = None) -> dict[str, Any]:
        """One connection. Raises what is in `Lost`."""
        async with aiohttp.ClientSession() as session:
            client = socketio.AsyncClient(reconnection=False, http_session=session)
            lost = asyncio.Event()
            client.on("event", view.take)
            client.on("disconnect", lambda reason: lost.set())
            await client.connect(self._address(), transports=["websocket"], wait_timeout=5)
            try:
                view.connections += 1
                answer = await _subscribe(client, view, asked or _question(view), lost)
                if not asked:
                    await _first(view.has_ended, lost)
                return answer
            finally:
                await client.disconnect()

    def _address(self) -> str:
        return (self._rig.data_of(next(self._gateways)) / URL_FILE).read_text().strip()


def _question(view: View) -> dict[str, Any]:
    return {"run": view.run} if view.cursor is None else {"run": view.run, "after_seq": view.cursor}


async def _subscribe(
    client: socketio.AsyncClient, view: View, asked: dict[str, Any], lost: asyncio.Event
) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    answered = asyncio.Event()

    def on_answer(data: dict[str, Any]) -> None:  # before the first event is handled
        answer.update(data)
        if data["ok"]:
            view.start_at(data["data"])
        answered.set()

    await client.emit("subscribe", asked, callback=on_answer)
    await _first(answered, lost)
    if not answer.get("ok"):
        raise TimeoutError(answer)
    found: dict[str, Any] = answer["data"]
    return found


async def _first(*events: asyncio.Event) -> None:
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=ANSWERS_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


def differences(view: View, log: list[int], status: str) -> Iterator[str]:
    """O8: how a view that has come to its end differs from the log."""
    yield from view.wrong
    if not view.has_ended.is_set():
        yield f"a browser did not come to the run's end within {ENDS_WITHIN_S:g} s, over {view.connections} connections"
    last = view.cursor or 0
    due = [seq for seq in log if (view.base or 0) < seq <= last]
    if view.seqs != due:
        lacks, extra = sorted({*due} - {*view.seqs}), len(view.seqs) - len({*view.seqs} & {*due})
        yield f"a browser lacks {lacks[:5]} and has {extra} too many, over {view.connections} connections"
    if view.status != status:
        yield f"a browser sees {view.status or 'no end'}, the log says {status or 'no end'}"
