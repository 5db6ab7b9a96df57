"""The supervisor: an embedded broker and the worker processes of one data directory, for as long as it is open.

    async with Fleet(settings, roles, port) as fleet:
        fleet.settings.nats_url

Whatever ends the block, and however, ends every process: in good order on a normal exit, by the kernel
(PR_SET_PDEATHSIG) when the supervisor itself is killed.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec

from mycoderai.broker.tasks import all_or_none
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
from mycoderai.gateway.fleet_plan import CommandOf, WorkerSpec, plan, worker_command, worker_environment
from mycoderai.gateway.fleet_process import GRACE_S, Child, spawn
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
        self._specs = plan(roles, settings)
        self._port = port
        self._kind = kind
        self._command_of = command_of
        self._tell_person = tell
        self._grace_s = grace_s
        self._started_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._descriptors: list[int] = []
        self._broker: BrokerProcess | None = None
        self._children: dict[str, Child] = {}
        self._keepers: list[asyncio.Task[None]] = []

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
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        # Who asks ends before who answers, so that a step hands itself back instead of losing its executor.
        for answers in (False, True):
            names = [spec.name for spec in self._specs if spec.answers is answers and spec.name in self._children]
            await asyncio.gather(*(self._stop_worker(self._children[name]) for name in names))
        if self._broker:
            await self._broker.stop()
        self._forget()

    async def wait_for_others(self) -> None:
        """Return once no other command leans on this fleet; from then on none can."""
        # A file lock cannot be awaited, so this looks again and again.
        while (descriptor := may_leave(self.settings.data)) is None:
            await asyncio.sleep(0.05)
        self._descriptors.append(descriptor)

    def kill(self) -> None:
        """End everything at once, without waiting; for the second Ctrl-C."""
        for child in self._children.values():
            child.kill()
        if self._broker:
            self._broker.kill()
        self._forget()

    async def _start(self) -> None:
        data = self.settings.data
        prepare(data)
        self._descriptors.append(acquire(data))
        await end_leftovers(read_record(data))
        await self._start_broker()
        self._record(ready=False)
        await all_or_none(*(self._start_worker(spec) for spec in self._specs))
        self._record()
        self._keepers = [asyncio.create_task(kept) for kept in self._kept()]

    async def _start_broker(self) -> None:
        if self.settings.nats_url:
            await check_external(self.settings, self._specs[0].roles[0] if self._specs else "client")
            return
        await self._open_broker(self._port)

    async def _open_broker(self, port: int) -> BrokerProcess:
        broker = self._broker = await start_broker(self.settings, port)
        self.settings = msgspec.structs.replace(self.settings, nats_url=broker.url)
        await declare_streams(self.settings)
        return broker

    async def _start_worker(self, spec: WorkerSpec) -> Child:
        env = worker_environment(self.settings, spec, os.environ)
        log = self.settings.data / "logs" / f"{spec.name}.log"
        child = self._children[spec.name] = spawn(spec.name, self._command_of(spec), env, self.settings.data, log)
        try:
            await child.wait_ready()
        except BaseException:
            await child.stop(0)
            raise
        return child

    async def _stop_worker(self, child: Child) -> None:
        if not await child.stop(self._grace_s):
            self._tell(child.name, f"did not stop within {self._grace_s:g} s and was killed")

    def _kept(self) -> list[Coroutine[Any, Any, None]]:
        workers = [
            keep(spec.name, self._children[spec.name], self._worker_restart(spec), self._tell) for spec in self._specs
        ]
        broker = [keep("nats-server", self._broker, self._restart_broker, self._tell)] if self._broker else []
        return [*broker, *workers]

    def _worker_restart(self, spec: WorkerSpec) -> Callable[[], Coroutine[Any, Any, Child]]:
        async def restart() -> Child:
            child = await self._start_worker(spec)
            self._record()
            return child

        return restart

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

    def _record(self, *, ready: bool = True) -> None:
        pids = {name: child.pid for name, child in self._children.items()}
        if self._broker:
            pids["nats-server"] = self._broker.pid
        record = FleetRecord(
            url=self.settings.nats_url,
            pid=os.getpid(),
            started_at=self._started_at,
            roles=self.roles,
            kind=self._kind,
            ready=ready,
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
