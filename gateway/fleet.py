"""The supervisor: an embedded broker and the worker processes of one data directory, for as long as it is open.

    async with Fleet(settings, roles, port) as fleet:
        fleet.settings.nats_url

Whatever ends the block, and however, ends every process: in good order on a normal exit, by the kernel
(PR_SET_PDEATHSIG) when the supervisor itself is killed.
"""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec

from mycoderai.broker.tasks import end
from mycoderai.gateway.fleet_broker import BrokerProcess, check_external, declare_streams, start_broker
from mycoderai.gateway.fleet_data import (
    FleetRecord,
    Kind,
    acquire,
    append_log,
    find_running,
    may_leave,
    prepare,
    read_record,
    start_ticks,
    write_record,
)
from mycoderai.gateway.fleet_keeper import Tell, keep
from mycoderai.gateway.fleet_leftovers import end_leftovers
from mycoderai.gateway.fleet_plan import CommandOf, plan, worker_command
from mycoderai.gateway.fleet_process import GRACE_S
from mycoderai.gateway.fleet_watch import watch
from mycoderai.gateway.fleet_workers import CLEAN_UP_S, Workers
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings

__all__ = ["Fleet", "find_running"]


class Fleet:
    """One fleet. `settings` carries the broker's address once the block is entered."""

    def __init__(
        self,
        settings: Settings,
        roles: Sequence[str],
        port: int = 0,
        *,
        kind: Kind = "up",
        command_of: CommandOf = worker_command,
        tell: Tell = lambda name, sentence: None,
        grace_s: float = GRACE_S,
    ) -> None:
        self.settings = settings
        self.roles = tuple(roles)
        specs = plan(roles, settings)
        self._first_role = specs[0].roles[0] if specs else "client"
        self._port = port
        self._kind = kind
        self._tell_person = tell
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._descriptors: list[int] = []
        self._broker: BrokerProcess | None = None
        self._watches = False
        self._workers = Workers(
            specs,
            self._tell,
            command_of=command_of,
            grace_s=grace_s,
            logs=settings.data / "logs",
            changed=self._record,
        )
        self._keepers: list[asyncio.Task[None]] = []
        self._ready = False

    async def __aenter__(self) -> "Fleet":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Return when every worker can take work; whatever stops that, nothing is left running."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the workers, then the broker. Doing so twice is fine."""
        await self._workers.stop()
        await end(self._keepers, CLEAN_UP_S)
        if self._broker:
            await self._broker.stop()
        self._forget()

    async def roll_over(self) -> None:
        """Replace every worker by a new process, of the version that is installed now; nothing at work is lost."""
        await self._workers.roll_over()

    async def wait_for_others(self) -> None:
        """Return once no other command leans on this fleet; from then on none can."""
        # A file lock cannot be awaited, so this looks again and again.
        while (descriptor := may_leave(self.settings.data)) is None:
            await asyncio.sleep(0.05)
        self._descriptors.append(descriptor)

    def kill(self) -> None:
        """End everything at once, without waiting; for the second Ctrl-C."""
        self._workers.kill()
        if self._broker:
            self._broker.kill()
        self._forget()

    async def _start(self) -> None:
        data = self.settings.data
        prepare(data)
        self._descriptors.append(acquire(data))
        await end_leftovers(read_record(data))
        await self._start_broker()
        self._record()
        await self._workers.start(self.settings)
        self._ready = True
        self._record()
        self._keepers = [asyncio.create_task(kept) for kept in self._kept()]
        self._workers.keep()

    async def _start_broker(self) -> None:
        if self.settings.nats_url:
            self._watches = await check_external(self.settings, self._first_role, self._tell)
            return
        await self._open_broker(self._port)

    async def _open_broker(self, port: int) -> BrokerProcess:
        broker = self._broker = await start_broker(self.settings, port)
        self.settings = msgspec.structs.replace(self.settings, nats_url=broker.url)
        await declare_streams(self.settings, self._tell, ours=True)
        self._watches = True
        return broker

    def _kept(self) -> list[Coroutine[Any, Any, None]]:
        broker = [keep("nats-server", self._broker, self._restart_broker, self._tell)] if self._broker else []
        restart = self._end_broker if self._broker else None
        watching = [watch(self.settings, self._tell, restart)] if self._watches else []
        return [*broker, *watching]

    async def _end_broker(self) -> None:
        if self._broker:
            await self._broker.stop()

    async def _restart_broker(self) -> BrokerProcess:
        # Workers and clients hold on to the address, so it must stay the same.
        assert self._broker is not None  # noqa: S101
        port = self._broker.port
        try:
            broker = await self._open_broker(port)
        except MycoderError:
            await self._broker.stop()
            raise
        self._record()
        return broker

    def _record(self) -> None:
        pids = self._workers.pids
        if self._broker:
            pids["nats-server"] = self._broker.pid
        record = FleetRecord(
            url=self.settings.nats_url,
            pid=os.getpid(),
            started_at=self._started_at,
            roles=self.roles,
            kind=self._kind,
            ready=self._ready,
            processes={name: (pid, start_ticks(pid)) for name, pid in pids.items()},
        )
        write_record(self.settings.data, record)

    def _forget(self) -> None:
        """Leave no trace but the data; releasing the lock comes last."""
        if not self._descriptors:
            return
        (self.settings.data / "fleet.json").unlink(missing_ok=True)
        for descriptor in reversed(self._descriptors):
            os.close(descriptor)
        self._descriptors.clear()

    def _tell(self, name: str, sentence: str) -> None:
        append_log(self.settings.data / "logs" / "fleet.log", {"process": name, "event": sentence})
        self._tell_person(name, sentence)
