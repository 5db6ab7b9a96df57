"""Workers that are killed, stopped, blocked, deaf, poisoned or replaced."""

import asyncio
import signal
import socket
import time

from rig import AGENTS, MEMORIES, MISSED_S, ORCHESTRATORS, Rig
from scene import Scene
from verdicts import Runs

from mycoderai.broker.letters import letters
from mycoderai.schemas.events import Limits, RunFinished, StepStarted
from mycoderai.schemas.failure import FailureCode

ACK_WAIT_S = 3.0
STILL_AT_WORK_S = 2.0
"""What a deaf worker begins after that, it was delivered after it had noticed."""
HEARS_WITHIN_S = 45.0
"""It notices after 2.5 s; the rest is for the broker, which still delivers to those who do not listen, and for a busy
machine."""
BURIED_WITHIN_S = 120.0


async def one_agent_every_second(scene: Scene) -> None:
    async for _ in scene.every(1.2):
        scene.rig.kill([scene.rng.choice(AGENTS)])


async def all_agents_at_once(scene: Scene) -> None:
    async for _ in scene.every(2.0):
        scene.rig.kill(AGENTS)


async def between_effect_and_result(scene: Scene) -> None:
    async for _ in scene.every(1.0):
        await scene.load.hand_in(["die after the effect"])


async def between_result_and_acknowledgement(scene: Scene) -> None:
    async for _ in scene.every(1.0):
        await scene.load.hand_in(["die after the result"])


async def zombie(scene: Scene) -> None:
    await _stop_past_its_lease(scene, scene.rng.choice(AGENTS))


async def zombie_that_talks(scene: Scene) -> None:
    """It acknowledges, refuses and prolongs everything it ever had."""
    name = scene.rng.choice(AGENTS)
    await _stop_past_its_lease(scene, name)
    for _ in range(5):
        scene.rig.kill([name], signal.SIGUSR2)
        await asyncio.sleep(0.3)


async def _stop_past_its_lease(scene: Scene, name: str) -> None:
    await asyncio.sleep(0.5)
    pid = scene.rig.pid(name)
    scene.rig.signal(pid, signal.SIGSTOP)
    scene.rig.lost(pid, MISSED_S)
    await asyncio.sleep(3 * ACK_WAIT_S)
    scene.rig.signal(pid, signal.SIGCONT)
    scene.faults += 1


async def blocked_event_loop(scene: Scene) -> None:
    since = len(scene.rig.told)
    await scene.load.hand_in(["block the event loop"])
    await scene.rig.heard("gave no sign of life", since)
    scene.faults += 1


async def deaf(scene: Scene) -> None:
    """Its connection lives, the subscriptions its deliveries come on are gone. Work is handed in until it has some."""
    await asyncio.sleep(0.5)
    pid, since = scene.rig.pid(AGENTS[0]), time.time()
    scene.rig.signal(pid, signal.SIGUSR1)
    scene.faults += 1
    hears = await scene.takes_steps(f"{socket.gethostname()}:{pid}", since + STILL_AT_WORK_S, HEARS_WITHIN_S)
    scene.expect(hears, "O9", f"a deaf worker took no step within {HEARS_WITHIN_S:g} s")


async def orchestrators(scene: Scene) -> None:
    async for number in scene.every(0.8):
        scene.rig.kill([ORCHESTRATORS[number % 2]])


async def poison(scene: Scene) -> None:
    """A step that kills every worker that takes it."""
    (run,) = await scene.load.hand_in(["poison"], limits=Limits(attempts=3, minutes=0.01))
    scene.faults += 1
    await _until_buried(scene.rig, run)
    scene.afterwards(lambda runs: _attempts(runs, run, most=4))
    scene.afterwards(lambda runs: _failed_for_good(runs, run))


def _failed_for_good(runs: Runs, run: str) -> list[str]:
    ends = [it.event for it in runs[run] if isinstance(it.event, RunFinished)]
    codes = [end.failure.code for end in ends if end.failure]
    return [] if codes == [FailureCode.ATTEMPTS_EXHAUSTED] else [f"O2 a poisoned run ended with {codes}"]


async def _until_buried(rig: Rig, run: str) -> None:
    async with asyncio.timeout(BURIED_WITHIN_S):
        while run not in {letter.run async for letter in letters(rig.admin)}:
            await asyncio.sleep(0.3)


def _attempts(runs: Runs, run: str, most: int) -> list[str]:
    begun = sum(isinstance(it.event, StepStarted) for it in runs[run])
    return [] if begun <= most else [f"O4 {begun} attempts of run {run}, {most} were allowed"]


async def deployment(scene: Scene) -> None:
    """Every worker is replaced by a new process while the old one is still there."""
    await scene.rig.workers.roll_over()
    scene.faults += len((*AGENTS, *MEMORIES, *ORCHESTRATORS))
