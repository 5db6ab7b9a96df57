"""What the supervisor watches while the fleet runs: the broker's streams, and the disk below a broker of its own."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.leader import is_replicated
from mycoderai.broker.tasks import end
from mycoderai.gateway.fleet_disk import LOOK_S, DiskWatch, look_again_in
from mycoderai.gateway.fleet_keeper import Tell
from mycoderai.gateway.fleet_streams import check_streams
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS, EVENTS

VERIFY_EVERY_S = 30.0
SETTLE_S = 0.5
"""Changes come in groups; they are looked at together."""
_CHANGES = ("STREAM.DELETED.*", "STREAM.UPDATED.*", "CONSUMER.DELETED.COMMANDS.*", "CONSUMER.CREATED.COMMANDS.*")
_ELECTED = "STREAM.LEADER_ELECTED.*"

Restart = Callable[[], Awaitable[None]]


async def watch(settings: Settings, tell: Tell, restart: Restart | None) -> None:
    """Until cancelled. restart: ends a server of our own, whose keeper starts it again; None for somebody else's."""
    nc = await _connect(settings)
    watching = [asyncio.create_task(_watch_streams(nc, settings, tell, ours=restart is not None))]
    if restart:
        watching.append(asyncio.create_task(_watch_disk(DiskWatch(nc, settings, tell, restart), tell)))
    try:
        ended, _ = await asyncio.wait(watching, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        # Not a TaskGroup: it cancels once, and a request to the broker may lose that.
        await end(watching)
        await nc.close()


async def _connect(settings: Settings) -> Client:
    async def on_reconnect() -> None:
        if is_replicated(nc):
            await _copy_from_new_leaders(nc)  # an election may have been announced meanwhile

    while True:
        try:
            nc = await connect(settings, ADMIN, name="watch", on_reconnect=on_reconnect)
            return nc
        except MycoderError:
            await asyncio.sleep(1)  # it is being restarted; whoever keeps it says so


async def _watch_streams(nc: Client, settings: Settings, tell: Tell, *, ours: bool) -> None:
    changed = asyncio.Event()

    async def on_change(msg: Msg) -> None:
        changed.set()

    for advisory in _CHANGES:
        await nc.subscribe(f"$JS.EVENT.ADVISORY.{advisory}", cb=on_change)
    await nc.subscribe(f"$JS.EVENT.ADVISORY.{_ELECTED}", cb=partial(_on_elected, nc))
    await nc.flush()
    changed.set()  # since the start, until we heard of changes
    complaint = Complaint("broker", tell)
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(VERIFY_EVERY_S):
                await changed.wait()
                await asyncio.sleep(SETTLE_S)
        changed.clear()
        with complaint.about("its streams cannot be checked"):
            await check_streams(nc, settings, tell, ours=ours)


async def _on_elected(nc: Client, msg: Msg) -> None:
    if msg.subject.rpartition(".")[2].startswith(EVENTS):
        await _copy_from_new_leaders(nc)


async def _copy_from_new_leaders(nc: Client) -> None:
    """Who copies events into the queue notices after ten seconds only that an event stream is led by another server.
    A new leader of the queue looks for it at once."""
    await nc.publish(f"$JS.API.STREAM.LEADER.STEPDOWN.{COMMANDS}")


async def _watch_disk(disk: DiskWatch, tell: Tell) -> None:
    complaint = Complaint("disk", tell)
    pause_s = LOOK_S[0]
    while True:
        with complaint.about("it cannot be watched"):
            pause_s = look_again_in(await disk.look())
        await asyncio.sleep(pause_s)


class Complaint:
    """Says once that something does not work, until it works again."""

    def __init__(self, name: str, tell: Tell) -> None:
        self._name = name
        self._tell = tell
        self._said = ""

    @contextlib.contextmanager
    def about(self, what: str) -> Iterator[None]:
        try:
            yield
            self._said = ""
        except (MycoderError, nats.errors.Error, OSError) as err:
            sentence = f"{what}: {err or type(err).__name__}"
            if sentence != self._said:
                self._tell(self._name, sentence)
            self._said = sentence
