"""A fleet to be ill-treated: a broker and worker processes, each under its real supervisor, a client and a witness."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from chaos_agent import WITNESS
from mutations import MUTATION
from nats.aio.client import Client
from pressure import Pressure
from verdicts import Loss
from witness import Ledger, Witness

from mycoderai.broker import server, topology
from mycoderai.broker.connect import connect
from mycoderai.broker.tasks import end
from mycoderai.gateway import fleet_keeper, fleet_workers
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_data import read_record
from mycoderai.gateway.fleet_plan import GATEWAY, WorkerSpec, worker_command, worker_environment
from mycoderai.gateway.fleet_workers import Workers
from mycoderai.schemas.settings import Settings
from mycoderai.workers.memory.homes import FILE

if TYPE_CHECKING:
    from machines import Machines

HERE = Path(__file__).resolve().parent
POOL, IDLE = "coder", "idle"
AGENTS = ("agents-1", "agents-2", "agents-3")
ORCHESTRATORS = ("orchestrator-1", "orchestrator-2")
MEMORIES = ("memory-1", "memory-2")
GATEWAYS = ("gateway-1", "gateway-2")
SLOTS = 8
LOOPBACK = "127.0.0.1"
SHORT = (
    (topology, "ACK_WAIT_S", 3),
    (fleet_keeper, "LONGEST_PAUSE_S", fleet_keeper.FIRST_PAUSE_S),
    (fleet_workers, "HUNG_AFTER", 12),
)
"""What a run of minutes cannot wait for. The worker processes have a list of their own; see worker.py."""
SUPERVISED_S, MISSED_S = 10.0, 20.0
"""How soon a step goes on: when the supervisor sees its worker die, and when the broker misses it. Five times what is
promised on an idle machine (2 s, and the ack wait of 3 s and a second), because everything shares two cores here, and
these may be slow."""
TOLD_WITHIN_S = 90.0
"""How long somebody may take to say what he has to say; a promise of its own for nobody."""


Enter = Callable[[str], list[str]]
"""What the command of a worker is put behind."""


class Rig:
    """`data` is the fleet's folder. Use as a context manager.

    world: where the witness and the clients keep their files, when the fleet's disk is ill-treated. host: where the
    broker listens. enter: on which machine an agent process runs.
    """

    def __init__(
        self,
        data: Path,
        seed: int,
        *,
        shards: int = 2,
        mutation: str = "",
        world: Path | None = None,
        host: str = LOOPBACK,
        enter: Enter = lambda name: [],
    ) -> None:
        self.seed = seed
        self.settings = Settings(
            data_dir=str(data), durability="process", shards=shards, pools=(IDLE,), log_level="info"
        )
        self.told: list[str] = []
        self.losses: list[Loss] = []
        self.pressure = Pressure()
        self._mutation = mutation
        self._world = world or data
        self._host = host
        self._enter = enter
        self.machines: Machines | None = None
        """Where the agents run, when they have machines of their own."""
        self._stack = AsyncExitStack()

    @property
    def witness(self) -> Path:
        return self._world / "witness"

    async def __aenter__(self) -> "Rig":
        try:
            for module, name, value in SHORT:
                self._stack.enter_context(patch.object(module, name, value))
            if self._host != LOOPBACK:
                self._stack.enter_context(patch.object(server, "render_config", self._listening(server.render_config)))
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        self.fleet = await self._stack.enter_async_context(Fleet(self.settings, (), tell=self._tell))
        self.settings = self.fleet.settings
        Witness(self.witness).close()
        self.ledger = Ledger(self._world / "ledger")
        self._stack.callback(self.ledger.close)
        self.workers = Workers(
            list(_specs()),
            self._tell,
            command_of=self._command,
            environment_of=self._environment,
            logs=self.settings.data / "logs",
        )
        self._stack.push_async_callback(self.workers.stop)
        looking = asyncio.create_task(self.pressure.run())
        self._stack.push_async_callback(end, [looking])
        await self.workers.start(self.settings)
        self.workers.keep()
        self.client = await self.connect("client")
        self.admin = await self.connect("admin")

    async def connect(self, role: str) -> Client:
        nc = await connect(self.settings, role, wait_s=30)
        self._stack.push_async_callback(nc.close)
        return nc

    def memory_file(self, name: str) -> Path:
        return self.data_of(name) / FILE

    def data_of(self, name: str) -> Path:
        """A folder for each worker that keeps something of its own."""
        return self.settings.data / name if name in (*MEMORIES[1:], *GATEWAYS) else self.settings.data

    def said(self, name: str) -> str:
        """What a worker has written to its log."""
        return (self.settings.data / "logs" / f"{name}.log").read_text(errors="replace")

    def pid(self, name: str) -> int:
        if name == "nats-server":
            record = read_record(self.settings.data)
            assert record
            return record.processes[name][0]
        return self.workers.pids[name]

    def missing(self) -> list[str]:
        """Workers whose process has ended and whose next one cannot take work yet."""
        return [name for name, pid in self.workers.pids.items() if not Path(f"/proc/{pid}").exists()]

    def kill(self, names: Iterable[str], number: signal.Signals = signal.SIGKILL) -> None:
        for name in names:
            pid = self.pid(name)
            self.signal(pid, number)
            if number is signal.SIGKILL and name in AGENTS:
                self.lost(pid, SUPERVISED_S)

    def signal(self, pid: int, number: signal.Signals) -> None:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            self._tell(str(pid), "had ended before it could be sent a signal")

    def lost(self, pid: int, within_s: float) -> None:
        self.losses.append(Loss(time.time(), f"{socket.gethostname()}:{pid}", within_s))

    async def heard(self, text: str, since: int, within_s: float = TOLD_WITHIN_S) -> None:
        """Return when the supervisor has said something since its sentence number `since`."""
        deadline = time.monotonic() + within_s
        while not any(text in sentence for sentence in self.told[since:]):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the supervisor does not say {text!r}")
            await asyncio.sleep(0.05)

    def command(self, spec: WorkerSpec) -> tuple[list[str], dict[str, str]]:
        """How to start a worker that nobody supervises."""
        return self._command(spec), self._environment(self.settings, spec)

    def _tell(self, name: str, sentence: str) -> None:
        self.told.append(f"{name} {sentence}")

    def _environment(self, settings: Settings, spec: WorkerSpec) -> dict[str, str]:
        data = self.data_of(spec.name)
        data.mkdir(exist_ok=True)
        ours = {
            WITNESS: str(self.witness),
            MUTATION: self._mutation,
            "MYCODER_DATA_DIR": str(data),
            "MYCODER_CREDENTIALS_DIR": str(settings.credentials),
        }
        return worker_environment(settings, spec, os.environ) | ours

    def _command(self, spec: WorkerSpec) -> list[str]:
        if spec.roles == (GATEWAY,):
            return [sys.executable, str(HERE / "worker.py"), GATEWAY]
        _, _, _, *arguments = worker_command(spec)
        return [*self._enter(spec.name), sys.executable, str(HERE / "worker.py"), *arguments]

    def _listening(self, render: Callable[..., str]) -> Callable[..., str]:
        return lambda *args: json.dumps(json.loads(render(*args)) | {"host": self._host})


def _specs() -> Iterable[WorkerSpec]:
    for name in GATEWAYS:
        yield WorkerSpec(name, (GATEWAY,))
    for name in ORCHESTRATORS:
        yield WorkerSpec(name, ("orchestrator",))
    for name in MEMORIES:
        yield WorkerSpec(name, ("memory",))
    for name in AGENTS:
        yield WorkerSpec(name, (POOL, "planner", "tester"), slots=SLOTS, handler="chaos_agent:run_step")
