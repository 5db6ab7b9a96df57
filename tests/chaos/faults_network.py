"""Workers on machines of their own, whose cable is pulled out or whose packets are dropped without a word."""

import asyncio
import socket
import time
from pathlib import Path

from rig import AGENTS
from scene import Scene

ACK_WAIT_S = 3.0
PARTITION_S = 3 * ACK_WAIT_S
NOTICED_S = 25.0
"""A client asks every 2 s, and takes the third question without an answer for the end of the connection: 6 s, and
some for a busy machine."""
BACK_S = 30.0
"""From the end of the fault until the worker takes steps: it tries to connect every 2 s, and a busy machine has it wait
for its turn."""
GIVEN_UP_S = 10 * ACK_WAIT_S
"""The broker may hand a step to the connection nobody hears several times before it knows."""
ESTABLISHED = "01"


async def cut_off(scene: Scene) -> None:
    """One worker's cable is out for three ack waits; meanwhile another's packets are dropped in both directions."""
    first, second = scene.rng.sample(AGENTS, 2)
    await asyncio.sleep(0.5)
    before = {name: scene.rig.pid(name) for name in (first, second)}
    await asyncio.gather(_unplugged(scene, first), _half_open(scene, second))
    await scene.loaded.wait()
    for name, pid in before.items():
        scene.expect(scene.rig.pid(name) == pid, "O9", f"{name} was started anew; it should have connected again")


async def _unplugged(scene: Scene, name: str) -> None:
    machines = scene.rig.machines
    assert machines
    machines.unplug(name)
    try:
        _is_lost(scene, name)
        await asyncio.sleep(PARTITION_S)
    finally:
        machines.plug(name)
    await _has_to_be_back(scene, name)


async def _half_open(scene: Scene, name: str) -> None:
    machines, pid = scene.rig.machines, scene.rig.pid(name)
    assert machines
    connections = _connections(pid)
    machines.silence(name)
    began = time.monotonic()
    try:
        _is_lost(scene, name)
        await scene.until(lambda: not connections & _connections(pid), "a half-open connection is given up")
        took = time.monotonic() - began
        scene.expect(took < NOTICED_S, "O9", f"a half-open connection was given up after {took:.1f} s")
    finally:
        machines.hear(name)
    await _has_to_be_back(scene, name)


def _is_lost(scene: Scene, name: str) -> None:
    scene.rig.lost(scene.rig.pid(name), GIVEN_UP_S)
    scene.faults += 1


def _connections(pid: int) -> set[str]:
    """Local ends of what is connected on the machine a process runs on."""
    lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    return {fields[1] for fields in map(str.split, lines) if fields[3] == ESTABLISHED}


async def _has_to_be_back(scene: Scene, name: str) -> None:
    worker = f"{socket.gethostname()}:{scene.rig.pid(name)}"
    back = await scene.takes_steps(worker, time.time(), BACK_S)
    scene.expect(back, "O9", f"{worker} took no step within {BACK_S:g} s of its network, of those that were to be had")
