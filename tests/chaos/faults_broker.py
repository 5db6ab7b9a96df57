"""A broker that is killed, told to end, stopped or full, and messages that come twice, late, or make no sense."""

import asyncio
import json
import random
import signal
import time

from hostile import hostile, sample
from nats.aio.msg import Msg
from rig import IDLE, TOLD_WITHIN_S, Rig
from scene import Scene
from verdicts import Runs
from witness import ledger

from mycoderai.broker import topology
from mycoderai.broker.api import ask_api
from mycoderai.broker.letters import letters
from mycoderai.broker.log import append, last
from mycoderai.schemas.errors import Conflict, PermanentError
from mycoderai.schemas.events import RunFinished, RunSubmitted, StepDone, StepReady
from mycoderai.schemas.ids import new_id, shard_of
from mycoderai.schemas.subjects import COMMANDS, Log, stream_of

BROKER = "nats-server"
STOPPED_S = 3.0
COPIES = 5
HOSTILE_MESSAGES = 200
AGREED_WITHIN_S = 20.0
"""Two that sweep at the same time write a letter each, and one of them takes its own back."""


async def killed(scene: Scene) -> None:
    await _end_broker(scene, signal.SIGKILL)


async def told_to_end(scene: Scene) -> None:
    await _end_broker(scene, signal.SIGTERM)


async def _end_broker(scene: Scene, number: signal.Signals) -> None:
    async for _ in scene.every(2.5):
        since = len(scene.rig.told)
        scene.rig.kill([BROKER], number)
        await scene.rig.heard(f"{BROKER} is back", since)


async def stopped(scene: Scene) -> None:
    await asyncio.sleep(0.5)
    pid = scene.rig.pid(BROKER)
    scene.rig.signal(pid, signal.SIGSTOP)
    await asyncio.sleep(STOPPED_S)
    scene.rig.signal(pid, signal.SIGCONT)
    scene.faults += 1


async def full(scene: Scene) -> None:
    """The event streams have no room. The supervisor puts the bound right, so it is set again and again."""
    streams = [stream_of(shard) for shard in range(scene.rig.settings.shards)]
    async for _ in scene.every(0.3):
        for stream in streams:
            info = await ask_api(scene.rig.admin, f"STREAM.INFO.{stream}")
            await ask_api(scene.rig.admin, f"STREAM.UPDATE.{stream}", info["config"] | {"max_bytes": 1024})
    await scene.loaded.wait()
    told = ledger(scene.rig.ledger.path)
    refused = sum(told[run].told == "refused" for run in scene.load.runs)
    scene.expect(refused > 0, "O1", "nobody was told that a full stream takes nothing")


async def handed_in_again(scene: Scene) -> None:
    """Every submission once more, after they were carried out and the broker has forgotten what it saw."""
    await scene.loaded.wait()
    await _end_broker_once(scene)
    for run in scene.load.runs:
        subject = Log(run, shard_of(run, scene.rig.settings.shards)).run_event("submitted")
        try:
            await append(scene.rig.client, subject, RunSubmitted(task="again", role="coder"), expected=0)
        except Conflict:
            scene.faults += 1
        else:
            scene.expect(False, "O2", "it was accepted twice", run)


async def _end_broker_once(scene: Scene) -> None:
    since = len(scene.rig.told)
    scene.rig.kill([BROKER])
    await scene.rig.heard(f"{BROKER} is back", since)


async def repeated_and_reordered(scene: Scene) -> None:
    """Everything workers append is published five times more, each at a time of its own, with the headers it had."""
    copies: set[asyncio.Task[None]] = set()
    seen: set[bytes] = set()
    sending = await scene.rig.connect("admin")

    async def later(msg: Msg) -> None:
        await asyncio.sleep(scene.rng.random())
        await sending.publish(msg.subject, msg.data, headers=dict(msg.headers or {}))
        scene.faults += 1

    async def on_append(msg: Msg) -> None:
        if not msg.reply or msg.data in seen:
            return  # a copy of ours
        seen.add(msg.data)
        for _ in range(COPIES):
            copies.add(asyncio.create_task(later(msg)))

    tap = await scene.rig.admin.subscribe("evt.>", cb=on_append)
    await scene.loaded.wait()
    await asyncio.sleep(0.5)
    await tap.unsubscribe()
    await asyncio.gather(*copies)
    await sending.flush()


async def senseless(scene: Scene) -> None:
    """Messages that are no events, half events, or events of a version to come; and some too large to be sent."""
    rng = random.Random(scene.rig.seed)  # noqa: S311
    nc = await scene.rig.connect("admin")
    before = len([letter async for letter in letters(nc)])
    for number in range(HOSTILE_MESSAGES):
        type_, subject = _where(scene.rig, number % 3)
        payload = next(hostile(sample(type_), rng, 1))
        await nc.publish(subject, payload)
        scene.faults += 1
    await nc.flush(30)
    await _oversized(scene)
    await scene.loaded.wait()
    async with asyncio.timeout(TOLD_WITHIN_S):
        while len([letter async for letter in letters(nc)]) == before:
            await asyncio.sleep(0.2)
    scene.expect(nc.is_connected, "O7", "senseless messages ended the connection of who sent them")


def _where(rig: Rig, kind: int) -> tuple[type, str]:
    run = new_id()
    log = Log(run, shard_of(run, rig.settings.shards))
    places: tuple[tuple[type, str], ...] = (
        (RunSubmitted, log.run_event("submitted")),
        (StepReady, log.ready("coder", "main")),
        (StepDone, log.step_event("coder", "main", "done")),
    )
    return places[kind]


async def _oversized(scene: Scene) -> None:
    client, subject = scene.rig.client, Log(new_id(), 0).run_event("submitted")
    large = RunSubmitted(task="x" * (client.max_payload + 1), role="coder")
    try:
        await append(client, subject, large, expected=0)
    except PermanentError:
        scene.faults += 1
    else:
        scene.expect(False, "O1", "a message larger than the broker takes was said to be stored")
    scene.expect(client.is_connected, "O7", "an oversized message ended the connection")


async def given_up(scene: Scene) -> None:
    """A step of a pool without workers is delivered as often as the broker does, to somebody who refuses it."""
    (run,) = await scene.load.hand_in(["work"], role=IDLE)
    thief = await scene.rig.connect(IDLE)
    inbox = thief.new_inbox()

    async def refuse(msg: Msg) -> None:
        if msg.reply:
            await thief.publish(msg.reply, b"-NAK")
            scene.faults += 1

    await thief.subscribe(inbox, cb=refuse)
    pull = json.dumps({"batch": topology.MAX_DELIVER, "expires": 10**9}).encode()
    async with asyncio.timeout(2 * TOLD_WITHIN_S):
        while not await _is_over(scene.rig, run):
            await thief.publish(f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{IDLE}", pull, reply=inbox)
            await asyncio.sleep(0.5)
    scene.afterwards(lambda runs: _ended_unseen(runs, run))
    kept, until = await _kept(scene.rig, run), time.monotonic() + AGREED_WITHIN_S
    while kept != 1 and time.monotonic() < until:
        await asyncio.sleep(0.2)
        kept = await _kept(scene.rig, run)
    scene.expect(kept == 1, "O2", f"{kept} dead letters of a command the broker gave up", run)


async def _kept(rig: Rig, run: str) -> int:
    return len([letter async for letter in letters(rig.admin) if letter.run == run])


async def _is_over(rig: Rig, run: str) -> bool:
    return await last(rig.client, Log(run, shard_of(run, rig.settings.shards)).run_event("finished")) is not None


def _ended_unseen(runs: Runs, run: str) -> list[str]:
    ends = [it.event for it in runs[run] if isinstance(it.event, RunFinished)]
    good = len(ends) == 1 and ends[0].status == "failed"
    return [] if good else ["O2 a run whose command the broker gave up did not fail"]
