"""Long polling, for those whom WebSocket does not reach: the same events, the same door, the same bounds."""

import asyncio
import itertools
import json
import time
from collections import deque
from typing import Any

from gateway_support import Gateway, Reply, Shared, request, sharing

from mycoderai.broker.log import append
from mycoderai.schemas.events import CancelAsked, RunSubmitted
from mycoderai.schemas.ids import new_id

NOOP = RunSubmitted(task="do nothing", role="noop")
PATH = "/socket.io/?EIO=4&transport=polling"


class Polling:
    """Engine.IO 4 over requests."""

    def __init__(self, served: Gateway, sid: str) -> None:
        self.path = f"{PATH}&sid={sid}"
        self._served = served
        self._texts: deque[str] = deque()
        self._ids = itertools.count()

    @classmethod
    async def connected(cls, served: Gateway, token: str = "") -> "Polling":
        opened = await served.get(PATH, token=False)
        terms = json.loads(opened.text[1:])
        assert terms["upgrades"] == []
        client = cls(served, terms["sid"])
        await client.post("40" + json.dumps({"token": token or served.token}))
        answer = await client.text()
        assert answer.startswith("40"), answer
        return client

    async def post(self, body: str) -> Reply:
        return await asyncio.to_thread(request, "POST", self._served.url, self.path, {}, body.encode())

    async def text(self) -> str:
        while not self._texts:
            reply = await self._served.get(self.path, token=False)
            assert reply.status == 200, reply
            texts = reply.text.split("\x1e")
            if "2" in texts:
                await self.post("3")
            self._texts += [text for text in texts if text != "2"]
        return self._texts.popleft()

    async def ask(self, event: str, asked: object) -> dict[str, Any]:
        number = next(self._ids)
        assert (await self.post(f"42{number}{json.dumps([event, asked])}")).text in ("ok", "OK")
        answer: dict[str, Any] = json.loads((await self.text()).removeprefix(f"43{number}"))[0]
        return answer

    async def event(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads((await self.text()).removeprefix("42"))[1]
        return payload


@sharing()
async def test_polling_brings_the_same_events_and_a_silent_poller_is_bounded(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(NOOP)
    await fleet.remembered((await fleet.wait_for(log, RunSubmitted)).seq)
    quick, slow = await Polling.connected(served), await Polling.connected(served)
    for client in (quick, slow):
        answer = await client.ask("subscribe", {"run": log.run})
        assert answer["data"]["detail"]["run"]["run"] == log.run
    asks = (append(fleet.client, log.ask("cancel"), CancelAsked(by="ada"), id=new_id()) for _ in range(300))
    stored = sorted(await asyncio.gather(*asks))  # at once: who does not poll for long is cut off
    assert [(await quick.event())["seq"] for _ in stored] == stored
    assert [(await slow.event())["seq"] for _ in stored] == stored, "what it did not fetch in time waits in the log"


@sharing()
async def test_polling_comes_through_the_same_door(guarded: Shared) -> None:
    served = guarded.served
    foreign = await served.get(PATH, token=False, Origin="http://elsewhere.example")
    assert foreign.status == 403
    client = Polling(served, json.loads((await served.get(PATH, token=False)).text[1:])["sid"])
    await client.post('40{"token":"wrong"}')
    assert (await client.text()).startswith("44")
    assert (await client.ask("subscribe", {}))["error"]["code"] == "token_needed"
    scripted = await served.get(f"{PATH}&j=0", token=False)
    assert (scripted.status, scripted.text) == (400, '"Invalid transport"'), "no other site's script may read it"


@sharing()
async def test_polling_is_held_to_its_bounds(shared: Shared) -> None:
    served = shared.served
    for body, why in (("4" * (65 << 10), "too long"), ("", "empty"), ("\x1e".join(["4x"] * 40), "nonsense")):
        client = await Polling.connected(served)
        before = time.monotonic()
        await client.post(body)
        assert await _is_gone(client), why
        assert time.monotonic() - before < 20, "nobody waited for a ping"
    client = await Polling.connected(served)
    both = await asyncio.gather(*(served.get(client.path, token=False) for _ in range(2)))
    assert {reply.status for reply in both} == {200, 400}, "one poll at a time"


async def _is_gone(client: Polling) -> bool:
    """Whether the session is over, perhaps after what is left to say."""
    for _ in range(5):
        reply = await client._served.get(client.path, token=False)
        if reply.status == 400:
            return True
    return False
