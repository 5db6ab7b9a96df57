"""kill -9 at chosen places of a run. Each place is seen by a message that passes, none is guessed by the time.

asked     the model's endpoint has the request of the turn and has not answered
answered  the answer is stored; the agent, which is stopped meanwhile, has not seen it
tool      the executor has said that it runs the tool call (in the last turn: has got the request to hand in)
ran       the executor has replied; the agent, which is stopped meanwhile, has not journaled the turn
turn      the turn is stored
"""

import asyncio
import json
import os
import re
import signal
import time
from collections.abc import Sequence
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.connect import connect
from mycoderai.gateway.fleet_data import read_record
from mycoderai.schemas.settings import Settings

PHASES = ("asked", "answered", "tool", "ran", "turn")
AGENTS, BROKER = "agents", "nats-server"


class Kill(NamedTuple):
    victim: str
    turn: int
    phase: str


class Killer:
    """Kills processes of a fleet, one at a time, and lets the run go on once each is back."""

    def __init__(self, kills: Sequence[Kill], turns: int) -> None:
        self.left = {(kill.turn, kill.phase): kill.victim for kill in kills}
        self.recovered_s: list[float] = []
        """From each kill to the next turn that was journaled."""
        self._turns = turns
        self._back = asyncio.Event()
        self._back.set()
        self._frozen = False
        self._under_way = 0
        """The turn whose tool call the executor has."""
        self._killed = ""
        self._killed_at = 0.0

    def tell(self, process: str, sentence: str) -> None:
        """What the supervisor says."""
        if process == self._killed != BROKER and sentence.startswith("is back"):
            self._back.set()

    async def watch(self, settings: Settings) -> Client:
        """Listen to what passes. Who listened to a service's every request would keep the broker from noticing that
        nobody serves it any more."""
        self._settings = settings
        admin = await connect(settings, "admin", on_reconnect=self._on_reconnect)
        await admin.subscribe("svc.exec.*.submit", cb=self._on_submit)
        await admin.subscribe("live.*.*.tool", cb=self._on_tool)
        await admin.subscribe("$O.artifacts.M.>", cb=self._on_stored)
        await admin.subscribe("log.*.*.proof.>", cb=self._on_proof)
        await admin.subscribe("log.*.*.call.>", cb=self._on_answer)
        await admin.subscribe("log.*.*.step.>", cb=self._on_step)
        await admin.flush()
        return admin

    async def before_answer(self, turn: int) -> None:
        """The endpoint calls this with every request, before it answers."""
        await self._back.wait()
        if (turn, "answered") in self.left:
            self._freeze()
        self._kill_at(turn, "asked")

    async def _on_reconnect(self) -> None:
        if self._killed == BROKER:
            self._back.set()

    async def _on_submit(self, msg: Msg) -> None:
        self._begun(_turn_of(json.loads(msg.data)["call"]))

    async def _on_tool(self, msg: Msg) -> None:
        if found := re.search(r"turn-(\d+)", msg.data.decode()):
            self._begun(int(found[1]))

    def _begun(self, turn: int) -> None:
        self._under_way = turn
        if (turn, "ran") in self.left:
            self._freeze()
        self._kill_at(turn, "tool")

    async def _on_stored(self, _: Msg) -> None:
        """What a tool call changed is stored just before it is answered. The replies themselves go to inboxes, and
        who listens to those keeps the broker from noticing that their owner is gone."""
        if self._under_way < self._turns:
            self._kill_at(self._under_way, "ran")

    async def _on_proof(self, _: Msg) -> None:
        self._kill_at(self._turns, "ran")

    async def _on_answer(self, msg: Msg) -> None:
        self._kill_at(_turn_of(json.loads(msg.data)["call"]), "answered")

    async def _on_step(self, msg: Msg) -> None:
        if not msg.subject.endswith(".turn"):
            return
        if self._killed_at:
            self.recovered_s.append(time.monotonic() - self._killed_at)
            self._killed_at = 0.0
        self._kill_at(json.loads(msg.data)["turn"], "turn")

    def _kill_at(self, turn: int, phase: str) -> None:
        if (turn, phase) not in self.left:
            return
        self._killed = self.left.pop((turn, phase))
        self._back.clear()
        os.kill(self._pid(self._killed), signal.SIGKILL)
        self._killed_at = time.monotonic()
        if self._frozen and self._killed != AGENTS:
            os.kill(self._pid(AGENTS), signal.SIGCONT)
        self._frozen = False

    def _freeze(self) -> None:
        os.kill(self._pid(AGENTS), signal.SIGSTOP)
        self._frozen = True

    def _pid(self, process: str) -> int:
        record = read_record(self._settings.data)
        assert record
        return record.processes[process][0]


def _turn_of(call: str) -> int:
    """Calls are named <round>-<turn> by agents who ask the model, <round>-<turn>-<index> by those who use a tool."""
    return int(call.split("-")[1])
