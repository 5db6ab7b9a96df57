"""Work at load, and a ledger of what the fleet has said about it: whatever was said has to be true after the power
failed. The ledger is kept in this process, which loses nothing."""

import asyncio
import hashlib
import itertools
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import nats.errors
from nats.aio.msg import Msg

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.connect import connect
from mycoderai.broker.log import append, append_bytes
from mycoderai.broker.request import call
from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.execution import ArtifactRef
from mycoderai.schemas.ids import new_id, shard_of
from mycoderai.schemas.notes import Place as MemoryPlace
from mycoderai.schemas.notes import Provenance, Put, WriteItems, Written
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import BUDGET, Log, memory_write

AT_ONCE = 8
"""Runs under way at a time, each submitted when the one before has ended."""
ACCOUNTS = 12
"""So few that the stream, which keeps the last state of each, is compacted all the time."""
PAUSE_S = 0.02
NOTHING = RunSubmitted(task="nothing at all", role="noop")


class Place(NamedTuple):
    """In the log."""

    shard: int
    seq: int


@dataclass
class Ledger:
    """What was said, by whom it was said."""

    submitted: dict[str, Place] = field(default_factory=dict)
    """Run to where its submission was stored."""
    stored: dict[Place, str] = field(default_factory=dict)
    """Digests of what the broker told everybody is stored there."""
    finished: dict[str, Place] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    """Key of a memory item to its version."""
    accounts: dict[str, int] = field(default_factory=dict)
    """Subject to the sequence of its last state that was accepted."""
    artifacts: list[ArtifactRef] = field(default_factory=list)

    def copy(self) -> "Ledger":
        return Ledger(
            dict(self.submitted),
            dict(self.stored),
            dict(self.finished),
            dict(self.items),
            dict(self.accounts),
            list(self.artifacts),
        )


def digest(subject: str, data: bytes) -> str:
    return hashlib.blake2b(subject.encode() + b"\0" + data, digest_size=16).hexdigest()


def new_log(settings: Settings) -> Log:
    run = new_id()
    return Log(run, shard_of(run, settings.shards))


class Load:
    """A context manager: while it is open, runs, memory items, accounts and artifacts are written."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.ledger = Ledger()
        self._settings = settings
        self._folder = folder
        self.at_work = asyncio.Event()
        """Set once anything was said."""
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Load":
        self._nc = await connect(self._settings, "client")
        self._admin = await connect(self._settings, "admin")
        await self._nc.subscribe("log.>", cb=self._on_copy)
        await self._nc.flush()
        writers = [self._runs() for _ in range(AT_ONCE)]
        self._tasks = [asyncio.create_task(each) for each in (*writers, self._items(), self._books(), self._files())]
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._tasks)
        for nc in (self._nc, self._admin):
            await nc.close()

    def failure(self) -> BaseException | None:
        """What ended a writer, which nothing should."""
        return next((task.exception() for task in self._tasks if task.done() and not task.cancelled()), None)

    async def _on_copy(self, msg: Msg) -> None:
        subject = "evt." + msg.subject.removeprefix("log.")
        _, shard, run, *_ = subject.split(".")
        place = Place(int(shard), int((msg.headers or {})["Nats-Sequence"]))
        self.ledger.stored[place] = digest(subject, msg.data)
        self.at_work.set()
        if subject.endswith(".run.finished"):
            self.ledger.finished[run] = place
            if run in self._ends:
                self._ends.pop(run).set()

    async def _runs(self) -> None:
        while True:
            log = new_log(self._settings)
            self._ends[log.run] = ended = asyncio.Event()
            seq = await append(self._nc, log.run_event("submitted"), NOTHING, expected=0)
            self.ledger.submitted[log.run] = Place(log.shard, seq)
            await ended.wait()

    async def _items(self) -> None:
        person = Provenance(source="person", by="ada")
        for number in itertools.count():
            key = f"item-{number}"
            change = Put(key=key, text=f"number {number}")
            request = WriteItems(id=new_id(), place=MemoryPlace(scope="global"), changes=(change,), provenance=person)
            with suppress(MycoderError):  # memory was stopped for too long; the write may be there or not
                written = await call(self._nc, memory_write(), request, Written, timeout_s=10)
                self.ledger.items[key] = written.seq
            await asyncio.sleep(PAUSE_S)

    async def _books(self) -> None:
        for number in itertools.count():
            subject = f"budget.run.0.account{number % ACCOUNTS}"
            state = f"state {number} ".encode() * 100
            self.ledger.accounts[subject] = await append_bytes(self._admin, subject, state, stream=BUDGET)
            await asyncio.sleep(PAUSE_S)

    async def _files(self) -> None:
        for number in itertools.count():
            file = self._folder / "artifact"
            file.write_bytes(f"{number} {new_id()}".encode() * 2_000)
            with suppress(nats.errors.Error):
                self.ledger.artifacts.append(await put_file(self._nc, file))
            await asyncio.sleep(10 * PAUSE_S)
