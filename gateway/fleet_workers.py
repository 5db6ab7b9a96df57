"""The worker processes of a fleet: started, watched, started again when they die or hang, replaced one by one."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mycoderai.broker.consume import ack_token
from mycoderai.broker.tasks import all_or_none, end
from mycoderai.gateway.fleet_handback import hand_back, tell_lost
from mycoderai.gateway.fleet_keeper import Running, Tell, keep
from mycoderai.gateway.fleet_plan import CommandOf, WorkerSpec, worker_command, worker_environment
from mycoderai.gateway.fleet_process import GRACE_S, Child, spawn
from mycoderai.gateway.fleet_unheld import hand_back_unheld
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings

WATCH_S = 1.0
HUNG_AFTER = 15
"""Looks without a sign of life after which a worker is killed. Looks and not seconds, so that a supervisor that was
stopped itself accuses nobody."""
LEASE_RUNS = 5
"""Looks after a worker's last sign during which the broker cannot have given its deliveries to somebody else."""
CLEAN_UP_S = 3.0
"""How long a task that is cancelled may take to close connections and to end a process it was starting."""
EnvironmentOf = Callable[[Settings, WorkerSpec], Mapping[str, str]]


class Workers:
    """`logs`: the folder of the workers' logs; None: they write where we do. `changed` is called when another process
    plays a part."""

    def __init__(
        self,
        specs: Sequence[WorkerSpec],
        tell: Tell,
        *,
        command_of: CommandOf = worker_command,
        environment_of: EnvironmentOf = lambda settings, spec: worker_environment(settings, spec, os.environ),
        grace_s: float = GRACE_S,
        logs: Path | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._specs = specs
        self._command_of = command_of
        self._environment_of = environment_of
        self._tell = tell
        self._grace_s = grace_s
        self._logs = logs
        self._changed = changed
        self._settings = Settings()
        self._playing: dict[str, Child] = {}
        self._alive: set[Child] = set()
        """All that were started and have not ended."""
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._watching: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._playing.items()}

    async def start(self, settings: Settings) -> None:
        """Return when all can take work. Raises WorkerFailed."""
        self._settings = settings
        await all_or_none(*(self._start(spec) for spec in self._specs))

    def keep(self) -> None:
        """From now on, start again what dies or hangs."""
        for spec in self._specs:
            self._keep(spec)
        self._watching = [asyncio.create_task(self._watch())]

    async def roll_over(self) -> None:
        """Replace every process by a new one, one at a time, the new one first where two can be."""
        for spec in self._specs:
            await self._replace(spec)

    async def stop(self) -> None:
        await end([*self._watching, *self._keepers.values()], CLEAN_UP_S)
        # Who asks ends before who answers, so that a step hands itself back instead of losing its executor.
        for answers in (False, True):
            names = {spec.name for spec in self._specs if spec.answers is answers}
            await asyncio.gather(*(self._stop(child) for child in list(self._alive) if child.name in names))

    def kill(self) -> None:
        for child in self._alive:
            child.kill()

    async def _start(self, spec: WorkerSpec) -> Child:
        env = self._environment_of(self._settings, spec)
        log = self._logs / f"{spec.name}.log" if self._logs else None
        child = spawn(spec.name, self._command_of(spec), env, self._settings.data if self._logs else None, log)
        self._alive.add(child)
        self._playing.setdefault(spec.name, child)
        try:
            await child.wait_ready()
        except BaseException:
            await child.stop(0)
            self._alive.discard(child)
            raise
        self._playing[spec.name] = child
        self._changed()
        return child

    def _keep(self, spec: WorkerSpec) -> None:
        async def restart() -> Child:
            return await self._start(spec)

        kept = keep(spec.name, self._playing[spec.name], restart, self._tell, ended=self._has_ended)
        self._keepers[spec.name] = asyncio.create_task(kept)

    async def _replace(self, spec: WorkerSpec) -> None:
        await end([self._keepers[spec.name]], CLEAN_UP_S)
        old = self._playing[spec.name]
        try:
            if spec.alone:
                await self._stop(old)
            new = await self._start(spec)
            await self._stop(old)
            self._tell(spec.name, f"is now process {new.pid}")
        except MycoderError as err:
            self._tell(spec.name, f"was not replaced: {err.message}")
        finally:
            self._keep(spec)

    async def _stop(self, child: Child) -> None:
        if not await child.stop(self._grace_s):
            self._tell(child.name, f"did not stop within {self._grace_s:g} s and was killed")
        await self._hand_back(child)

    async def _has_ended(self, child: Running) -> None:
        assert isinstance(child, Child)  # noqa: S101
        handed_back = await self._hand_back(child)
        untold = await hand_back_unheld(self._settings, self._spec_of(child).pools, handed_back)
        if handed_back or untold:
            self._tell(child.name, "held work; handed back")

    async def _hand_back(self, child: Child) -> set[int]:
        """Where in the queue stands what it held and is handed back now."""
        self._alive.discard(child)
        acks = {subject for subject in child.signs.held if subject.startswith("$JS.ACK.")}
        await self._tell_lost(child, child.signs.held - acks)
        if not acks or child.signs.silent > LEASE_RUNS:
            return set()
        trouble = await hand_back(self._settings, acks)
        if trouble:
            self._tell(child.name, f"left its work to the broker: {trouble}")
            return set()
        return {int(ack_token(subject, 5)) for subject in acks}

    async def _tell_lost(self, child: Child, inboxes: set[str]) -> None:
        service = next(iter(self._spec_of(child).services), "")
        if not (inboxes and service):
            return
        trouble = await tell_lost(self._settings, service, inboxes)
        self._tell(child.name, trouble or f"owed {len(inboxes)} answers; those who wait know")

    def _spec_of(self, child: Child) -> WorkerSpec:
        return next(spec for spec in self._specs if spec.name == child.name)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_S)
            for child in self._alive:
                if child.signs.missed() == HUNG_AFTER:
                    self._tell(child.name, f"gave no sign of life for {HUNG_AFTER * WATCH_S:.0f} s and was killed")
                    child.kill()
