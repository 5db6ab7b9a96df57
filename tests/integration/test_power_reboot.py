"""After a restart of the machine the queue begins anew: what was done is not looked at again, what was open goes on."""

from pathlib import Path
from typing import Any

from eventually import WITHIN_S, eventually
from nats.aio.client import Client

from mycoderai.broker.api import ask_api
from mycoderai.broker.log import append, read_events
from mycoderai.broker.reboot import MARK, begin_queue_anew_after_reboot, queue_begins
from mycoderai.broker.verify import drift, verify
from mycoderai.schemas.events import AnyEvent, RunFinished, RunPlanned, RunSubmitted, StepReady, StepStarted
from mycoderai.schemas.ids import new_id, shard_of
from mycoderai.schemas.subjects import COMMANDS, ORCHESTRATOR, Log
from mycoderai.workers.orchestrator import Orchestrator
from mycoderai.workers.overlooked import Overlooked
from tests.integration.memory_fixtures import Broker, asking, broker

NOTHING = RunSubmitted(task="nothing", role="noop")


async def test_open_runs_go_on_and_others_are_left_alone(tmp_path: Path) -> None:
    """Runs of which none, one or both orchestrator's decisions and a worker's start are stored, and one that ended."""
    async with broker(tmp_path, shards=2) as here, asking(here, ORCHESTRATOR) as nc:
        admin, orchestrator = here.admin, Orchestrator(nc, here.settings)
        await orchestrator.start()
        submitted, ready, running, ended = [[await _submit(admin) for _ in range(3)] for _ in range(4)]
        for log in (*ready, *running, *ended):
            await orchestrator.settle(log)
        for log in running:
            started = StepStarted(attempt=1, round=1, worker="somebody")
            await append(admin, log.step_event("noop", await _step_of(admin, log), "started"), started)
        for log in ended:
            await append(admin, log.run_event("finished"), RunFinished(status="failed", cost_usd=None))
        before = [await _events(admin, log) for log in ended]

        await _restart(here)
        assert await _commands(admin) == set()
        assert await Overlooked(nc, here.settings, orchestrator).resume() == len(ready) + len(running)
        still_open = [*submitted, *ready, *running]
        await _commands(admin, len(still_open))
        assert await Overlooked(nc, here.settings, orchestrator).resume() == 0, "what was issued again is in the queue"

        assert await _commands(admin, len(still_open)) == {
            f"cmd.noop.{log.run}.{await _step_of(admin, log)}" for log in still_open
        }
        for log in still_open:
            assert sum(isinstance(event, RunPlanned) for event in await _events(admin, log)) == 1
        assert [await _events(admin, log) for log in ended] == before


async def test_an_acknowledgement_from_before_ends_no_other_command(tmp_path: Path) -> None:
    async with broker(tmp_path, shards=2) as here:
        await _submit(here.admin)
        await _commands(here.admin, 1)
        old = await _delivery(here.admin)
        await _restart(here)
        log = await _submit(here.admin)
        assert await _commands(here.admin, 1) == {f"cmd.orchestrator.{log.run}.submitted"}
        held = await _delivery(here.admin)  # as the old one was
        await here.admin.publish(old, b"+ACK")
        await here.admin.request(held, b"+WPI", timeout=WITHIN_S)  # words to a consumer are taken in their order
        assert await _commands(here.admin, 1) == {f"cmd.orchestrator.{log.run}.submitted"}


async def test_where_the_queue_begins_outlives_a_correction(tmp_path: Path) -> None:
    async with broker(tmp_path, shards=2) as here:
        for _ in range(4):
            await _submit(here.admin)
        assert await queue_begins(here.admin, 2) == [1, 1]
        await _restart(here)
        begins = await queue_begins(here.admin, 2)
        assert sum(begins) == 4 + 2
        config = (await ask_api(here.admin, f"STREAM.INFO.{COMMANDS}"))["config"]
        await ask_api(here.admin, f"STREAM.UPDATE.{COMMANDS}", config | {"max_bytes": 1 << 20})
        assert (await verify(here.admin, here.settings, {}, starting=False)).corrected
        assert not await drift(here.admin, here.settings)
        assert await queue_begins(here.admin, 2) == begins


async def _restart(here: Broker) -> None:
    """As if the machine had been restarted. With no supervisor of a fleet, which would see that the queue is gone and
    make it again meanwhile: one that starts does this before it watches."""
    (here.settings.data / "nats" / MARK).unlink(missing_ok=True)
    assert await begin_queue_anew_after_reboot(here.admin, here.settings)
    assert not await begin_queue_anew_after_reboot(here.admin, here.settings)


async def _submit(admin: Client) -> Log:
    run = new_id()
    log = Log(run, shard_of(run, 2))
    await append(admin, log.run_event("submitted"), NOTHING, expected=0)
    return log


async def _events(nc: Client, log: Log) -> list[AnyEvent]:
    return [recorded.event for recorded in await read_events(nc, log.stream, log.all)]


async def _step_of(nc: Client, log: Log) -> str:
    return next(event.spec.id for event in await _events(nc, log) if isinstance(event, StepReady))


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
