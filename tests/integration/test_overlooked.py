"""Commands that were never copied into the queue: their runs go on."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from eventually import eventually
from fleet_support import RunningFleet
from nats.aio.client import Client

from mycoderai.broker.api import ask_api
from mycoderai.schemas.events import RunPlanned, RunSubmitted, StepReady
from mycoderai.schemas.subjects import COMMANDS, ORCHESTRATOR
from mycoderai.workers.orchestrator import Orchestrator
from mycoderai.workers.overlooked import Overlooked

StartFleet = Callable[..., Awaitable[RunningFleet]]


async def test_a_run_whose_commands_are_lost_on_the_way_into_the_queue_goes_on(start_fleet: StartFleet) -> None:
    fleet = await start_fleet((), shards=2)
    admin, nc = await fleet.connect("admin"), await fleet.connect(ORCHESTRATOR)
    orchestrator = Orchestrator(nc, fleet.settings)
    await orchestrator.start()
    overlooked = Overlooked(nc, fleet.settings, orchestrator)
    now = datetime.now(UTC)
    lately = now - timedelta(minutes=1), now + timedelta(minutes=10)
    log = await fleet.submit(RunSubmitted(task="nothing", role="noop"))
    await _lose_all(admin)
    assert await overlooked.look(*lately) == 0
    await fleet.wait_for(log, RunPlanned)
    await fleet.wait_for(log, StepReady)
    await _lose_all(admin)
    assert await overlooked.look(*lately) == 1
    await _copied(admin)
    assert await overlooked.look(*lately) == 0, "its command waits in the queue"
    events = await fleet.events(log)
    assert sum(isinstance(event, StepReady) for event in events) == 2
    assert len((await ask_api(admin, f"STREAM.INFO.{COMMANDS}", {"subjects_filter": ">"}))["state"]["subjects"]) == 1


async def _copied(admin: Client) -> None:
    async def messages() -> int:
        return int((await ask_api(admin, f"STREAM.INFO.{COMMANDS}"))["state"]["messages"])

    await eventually(messages)


async def _lose_all(admin: Client) -> None:
    """As if they had not been copied."""
    await _copied(admin)
    await ask_api(admin, f"STREAM.PURGE.{COMMANDS}")
