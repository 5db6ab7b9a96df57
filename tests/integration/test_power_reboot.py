"""After a restart of the machine the queue begins anew: what was done is not looked at again, what was open goes on."""

from collections.abc import Awaitable, Callable
from typing import Any

from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from nats.aio.client import Client

from mycoderai.broker.api import ask_api
from mycoderai.broker.log import append
from mycoderai.broker.reboot import MARK, begin_queue_anew_after_reboot, queue_begins
from mycoderai.broker.verify import drift
from mycoderai.schemas.events import RunFinished, RunPlanned, RunSubmitted, StepReady, StepStarted
from mycoderai.schemas.ids import new_id, shard_of
from mycoderai.schemas.subjects import COMMANDS, ORCHESTRATOR, Log
from mycoderai.workers.orchestrator import Orchestrator
from mycoderai.workers.overlooked import Overlooked

StartFleet = Callable[..., Awaitable[RunningFleet]]
NOTHING = RunSubmitted(task="nothing", role="noop")


async def test_open_runs_go_on_and_others_are_left_alone(start_fleet: StartFleet) -> None:
    """Runs of which none, one or both orchestrator's decisions and a worker's start are stored, and one that ended."""
    fleet = await start_fleet((), shards=2)
    admin, nc = await fleet.connect("admin"), await fleet.connect(ORCHESTRATOR)
    orchestrator = Orchestrator(nc, fleet.settings)
    await orchestrator.start()
    submitted, ready, running, ended = [[await _submit(admin) for _ in range(3)] for _ in range(4)]
    for log in (*ready, *running, *ended):
        await orchestrator.settle(log)
    for log in running:
        started = StepStarted(attempt=1, round=1, worker="somebody")
        await append(admin, log.step_event("noop", await _step_of(fleet, log), "started"), started)
    for log in ended:
        await append(admin, log.run_event("finished"), RunFinished(status="failed", cost_usd=None))
    before = [await fleet.events(log) for log in ended]

    await _restart(admin, fleet)
    assert await _commands(admin) == set()
    assert await Overlooked(nc, fleet.settings, orchestrator).resume() == len(ready) + len(running)
    still_open = [*submitted, *ready, *running]
    await _commands(admin, len(still_open))
    assert await Overlooked(nc, fleet.settings, orchestrator).resume() == 0, "what was issued again is in the queue"

    assert await _commands(admin, len(still_open)) == {
        f"cmd.noop.{log.run}.{await _step_of(fleet, log)}" for log in still_open
    }
    for log in still_open:
        assert sum(isinstance(event, RunPlanned) for event in await fleet.events(log)) == 1
    assert [await fleet.events(log) for log in ended] == before


async def test_an_acknowledgement_from_before_ends_no_other_command(start_fleet: StartFleet) -> None:
    fleet = await start_fleet((), shards=2)
    admin = await fleet.connect("admin")
    await _submit(admin)
    await _commands(admin, 1)
    old = await _delivery(admin)
    await _restart(admin, fleet)
    log = await _submit(admin)
    assert await _commands(admin, 1) == {f"cmd.orchestrator.{log.run}.submitted"}
    await _delivery(admin)  # the command is held, as the old one was
    await admin.publish(old, b"+ACK")
    await admin.flush()
    assert await _commands(admin, 1) == {f"cmd.orchestrator.{log.run}.submitted"}


async def test_where_the_queue_begins_outlives_a_correction(start_fleet: StartFleet) -> None:
    fleet = await start_fleet((), shards=2)
    admin = await fleet.connect("admin")
    for _ in range(4):
        await _submit(admin)
    assert await queue_begins(admin, 2) == [1, 1]
    await _restart(admin, fleet)
    begins = await queue_begins(admin, 2)
    assert sum(begins) == 4 + 2
    config = (await ask_api(admin, f"STREAM.INFO.{COMMANDS}"))["config"]
    await ask_api(admin, f"STREAM.UPDATE.{COMMANDS}", config | {"max_bytes": 1 << 20})

    async def is_put_right() -> bool:
        return not await drift(admin, fleet.settings)

    await eventually(is_put_right)  # the fleet's supervisor looks when a stream was changed
    assert await queue_begins(admin, 2) == begins


async def _restart(admin: Client, fleet: RunningFleet) -> None:
    """As if the machine had been restarted."""
    (fleet.settings.data / "nats" / MARK).unlink()
    assert await begin_queue_anew_after_reboot(admin, fleet.settings)
    assert not await begin_queue_anew_after_reboot(admin, fleet.settings)


async def _submit(admin: Client) -> Log:
    run = new_id()
    log = Log(run, shard_of(run, 2))
    await append(admin, log.run_event("submitted"), NOTHING, expected=0)
    return log


async def _step_of(fleet: RunningFleet, log: Log) -> str:
    return next(event.spec.id for event in await fleet.events(log) if isinstance(event, StepReady))


async def _commands(admin: Client, count: int = 0) -> set[str]:
    """What the queue holds, once it is as many."""

    async def state() -> dict[str, Any] | None:
        found: dict[str, Any] = (await ask_api(admin, f"STREAM.INFO.{COMMANDS}", {"subjects_filter": ">"}))["state"]
        return found if found["messages"] >= count else None

    return set((await eventually(state) or {}).get("subjects") or ())


async def _delivery(admin: Client) -> str:
    """Where the orchestrators' next command is acknowledged."""
    pull = f"$JS.API.CONSUMER.MSG.NEXT.{COMMANDS}.{ORCHESTRATOR}"
    return (await admin.request(pull, b'{"batch": 1}', timeout=WITHIN_S, old_style=True)).reply
