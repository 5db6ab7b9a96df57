"""A tool call that a person changed while they approved it, and workers that are killed before its result is stored."""

import asyncio
import json
import os
import signal
from typing import Any

from fleet_support import BLOCKED, RunningFleet, git, open_gate
from nats.aio.client import Client
from nats.aio.msg import Msg
from replay_support import FAULTY, bash, submit, transcript
from supervision_support import next_pid, pid_of

from mycoderai.schemas.events import ApproveAsked, RunSubmitted, StepTurn, StepWaiting

THEIRS = bash("echo model >> ledger.txt")
OURS = bash(f"echo ann >> ledger.txt; sed -i 's/a - b/a + b/' add.py; echo begun; {BLOCKED}")
"""What ann makes of it: it leaves its mark, and then waits."""


def command(call: dict[str, Any]) -> list[str]:
    """What a call has the shell do; a step's beginning has a look at the repository with other tools."""
    return [call["arguments"]["command"]] if "command" in call["arguments"] else []


class Witness:
    """Which commands of the step were asked for, which were run, and what they printed."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.run: list[str] = []
        self.printed = ""
        self._more = asyncio.Event()

    async def watch(self, admin: Client) -> None:
        await admin.subscribe("svc.exec.*.tool", cb=self._on_asked)
        await admin.subscribe("live.*.*.tool", cb=self._on_run)
        await admin.subscribe("live.*.*.output", cb=self._on_printed)
        await admin.flush()

    async def until_asked(self, times: int) -> None:
        while len(self.asked) < times:
            await self._more.wait()
            self._more.clear()

    async def until_printed(self, text: str) -> None:
        while text not in self.printed:
            await self._more.wait()
            self._more.clear()

    async def _on_asked(self, msg: Msg) -> None:
        self.asked += command(json.loads(msg.data))
        self._more.set()

    async def _on_run(self, msg: Msg) -> None:
        self.run += command(json.loads(msg.data))

    async def _on_printed(self, msg: Msg) -> None:
        self.printed += json.loads(msg.data)["text"]
        self._more.set()


async def test_a_changed_call_is_made_once_though_its_workers_are_killed(start_fleet, make_repo, tmp_path) -> None:
    """One worker before it has begun what was approved, the next when the call has left its mark."""
    fleet: RunningFleet = await start_fleet()
    witness = Witness()
    await witness.watch(await fleet.connect("admin"))
    script, repo = transcript(tmp_path, main=[[THEIRS], [submit()]]), make_repo(FAULTY)
    log = await fleet.submit(RunSubmitted(task="t", model=f"scripted:{script}", approve="all"), repo)
    waiting = (await fleet.wait_for(log, StepWaiting)).event
    assert isinstance(waiting, StepWaiting)
    changed = json.dumps(OURS[1])
    first = pid_of(fleet, "agents")
    os.kill(first, signal.SIGSTOP)
    assert (await fleet.ask(log, ApproveAsked(question=waiting.question.id, arguments=changed, by="ann"))).accepted
    os.kill(first, signal.SIGKILL)
    await witness.until_printed("begun")
    os.kill(await next_pid(fleet, "agents", ended=first), signal.SIGKILL)
    await witness.until_asked(2)
    await open_gate(fleet.settings)
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", await fleet.story(log)
    assert set(witness.asked) == {OURS[1]["command"]}
    assert witness.run == [OURS[1]["command"]], "the second worker waited for the call of the first"
    turn = next(e for e in await fleet.events(log) if isinstance(e, StepTurn))
    assert [(result.arguments, result.repeated) for result in turn.results] == [(changed, False)]
    assert turn.results[0].output.startswith("A person changed this call."), "the model is told"
    assert finished.result
    await fleet.pull(finished.result, repo)
    assert git(repo, "show", f"{finished.result.commit}:ledger.txt") == "ann\n"
