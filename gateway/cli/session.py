"""A command's connection to the broker: the one configured, the one running here, or one started for the call."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from types import TracebackType

import msgspec
import structlog
from nats.aio.client import Client

from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import CLIENT
from mycoderai.gateway.cli.errors import CliError, ExitCode
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_data import DataDirectoryBusy, FleetRecord, Kind, find_running, is_locked, lean_on
from mycoderai.schemas.errors import BrokerUnreachable, ConfigError
from mycoderai.schemas.settings import Settings

FREE_WITHIN_S = 60.0
GONE_AFTER_S = 30.0


class Session:
    """Open within `async with`; closing ends what was started for the call and nothing else.

    roles: what must serve the call; none where the broker alone is enough.
    """

    def __init__(
        self, options: Options, interrupts: Interrupts, *, roles: tuple[str, ...] = (), kind: Kind = "query"
    ) -> None:
        self.settings: Settings = options.settings
        self.fleet: Fleet | None = None
        """The fleet started for this call."""
        self.found: FleetRecord | None = None
        """The fleet that was running already."""
        self._options = options
        self._interrupts = interrupts
        self._roles = roles
        self._kind = kind
        self._leaning = -1
        self._nc: Client | None = None
        _configure_logs(options.debug)

    @property
    def nc(self) -> Client:
        if self._nc is None:
            raise RuntimeError("the session is not open")
        return self._nc

    @property
    def lives_on(self) -> bool:
        """Whether work goes on when this command ends."""
        return self.fleet is None

    async def __aenter__(self) -> "Session":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._nc:
            await self._nc.close()
        if self.fleet:
            await self._stop_fleet(wait=error is None and self._interrupts.received is None)
        if self._leaning >= 0:
            os.close(self._leaning)

    async def open(self) -> "Session":
        if not self.settings.nats_url:
            await self._find_or_start()
        try:
            self._nc = await connect(self.settings, CLIENT, name=f"mycoder {self._kind}")
        except ConfigError as err:
            raise CliError(err.message, err.fix, code=ExitCode.AUTHENTICATION) from err
        return self

    def note(self, sentence: str) -> None:
        """Something the person should know, beside what a command prints."""
        self._options.note(sentence)

    async def wait_gone(self) -> None:
        """Raise BrokerUnreachable once the broker has stayed away for too long; never return."""
        since: float | None = None
        while True:
            await asyncio.sleep(1)
            if self.nc.is_connected:
                since = None
                continue
            since = since or time.monotonic()
            left = self.found is not None and not is_locked(self.settings.data)
            if left or time.monotonic() - since > GONE_AFTER_S:
                raise BrokerUnreachable("the broker went away; what it accepted is kept", "mycoder up")

    async def _find_or_start(self) -> None:
        deadline = time.monotonic() + FREE_WITHIN_S
        while True:
            if self._attach(find_running(self.settings)):
                return
            if not is_locked(self.settings.data) and await self._start_fleet():
                return
            if time.monotonic() > deadline:
                raise CliError(
                    f"another mycoder command occupies {self.settings.data}",
                    "wait for it to end, or name another directory with --data DIR",
                )
            await asyncio.sleep(0.05)  # the other one starts or leaves; its file lock cannot be awaited

    def _attach(self, record: FleetRecord | None) -> bool:
        if record is None or (record.kind != "up" and not set(self._roles) <= set(record.roles)):
            return False
        if record.kind != "up":
            leaning = lean_on(self.settings.data)
            if leaning is None:
                return False
            self._leaning = leaning
        self.found = record
        self.settings = msgspec.structs.replace(self.settings, nats_url=record.url)
        return True

    async def _start_fleet(self) -> bool:
        fleet = Fleet(self.settings, self._roles, kind=self._kind, tell=self._tell)
        self._interrupts.force.append(fleet.kill)
        try:
            await fleet.start()
        except DataDirectoryBusy:
            return False  # somebody was faster
        self.fleet, self.settings = fleet, fleet.settings
        return True

    async def _stop_fleet(self, *, wait: bool) -> None:
        assert self.fleet  # noqa: S101
        try:
            if wait:
                await self._wait_for_others(self.fleet)
        finally:
            await self.fleet.stop()

    async def _wait_for_others(self, fleet: Fleet) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await fleet.wait_for_others()
            return
        self._options.note("Another mycoder command uses this fleet; it is stopped when that one ends.")
        await fleet.wait_for_others()

    def _tell(self, name: str, sentence: str) -> None:
        if self._kind == "run":
            self._options.note(f"{name} {sentence}")


def _configure_logs(debug: bool) -> None:
    """Log lines of shared code must not mix with what a command prints."""
    level = logging.DEBUG if debug else logging.CRITICAL
    # asyncio warns about children that were broken off on Ctrl-C; they are gone all the same.
    logging.getLogger("asyncio").setLevel(level)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
