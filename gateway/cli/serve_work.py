"""A fleet, or one worker, kept running until somebody stops it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

from mycoderai.broker.life import Life
from mycoderai.broker.tasks import end
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_broker import preferred_port
from mycoderai.gateway.fleet_plan import GATEWAY, WorkerSpec, settings_as_variables
from mycoderai.gateway.fleet_workers import Workers
from mycoderai.gateway.origins import hand_on
from mycoderai.gateway.sign_in import page_url
from mycoderai.schemas.settings import Settings


async def up(options: Options, interrupts: Interrupts, roles: tuple[str, ...], port: int | None) -> int:
    hand_on(options.origins)
    fleet = Fleet(
        options.settings,
        roles,
        preferred_port() if port is None else port,
        tell=lambda name, sentence: options.note(f"{name} {sentence}"),
    )
    interrupts.force.append(fleet.kill)
    async with fleet:
        _welcome(options, fleet)
        await _until_stopped(interrupts, fleet.roll_over)
        options.note("\nStopping. Runs in progress go on at the next start. Ctrl-C again forces.")
    return 0


async def keep_worker(options: Options, interrupts: Interrupts, settings: Settings, spec: WorkerSpec) -> int:
    workers = Workers(
        (spec,),
        lambda name, sentence: options.note(f"{name} {sentence}"),
        # All of our variables: what a handler of one's own needs is not ours to know.
        environment_of=lambda settings, spec: {**os.environ, **settings_as_variables(settings)},
    )
    interrupts.force.append(workers.kill)
    try:
        await workers.start(settings)
        workers.keep()
        Life(os.environ).ready()
        await _until_stopped(interrupts, workers.roll_over)
    finally:
        await workers.stop()
    return 0


async def _until_stopped(interrupts: Interrupts, roll_over: Callable[[], Awaitable[None]]) -> None:
    """Until Ctrl-C or SIGTERM; SIGUSR1 asks for new processes meanwhile."""
    stopped, asked = asyncio.Event(), asyncio.Event()
    interrupts.gently = stopped.set
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, asked.set)

    async def when_asked() -> None:
        while await asked.wait():
            asked.clear()
            await roll_over()

    rolling = asyncio.create_task(when_asked())
    await stopped.wait()
    await end([rolling])


def _welcome(options: Options, fleet: Fleet) -> None:
    settings = fleet.settings
    page = page_url(settings) if GATEWAY in fleet.roles else ""
    if options.json:
        fields = {"url": settings.nats_url, "data": str(settings.data), "roles": fleet.roles, "pid": os.getpid()}
        options.emit({"kind": "ready", **fields, "page": page})
        return
    rows = {
        **({"page": page} if page else {}),
        "broker": settings.nats_url,
        "roles": " ".join(fleet.roles) or "none (broker only)",
        "data": str(settings.data),
        "logs": str(settings.data / "logs"),
        "credentials": str(settings.credentials),
    }
    if settings.durability == "process":
        rows["durability"] = "process: accepted work survives crashes, but not the loss of power"
    if settings.trust_code:
        rows["isolation"] = "--trust-code: code may run without isolation"
    options.say(options.style("The fleet is ready.", fg="green", bold=True))
    for name, value in rows.items():
        options.say(f"  {name:<12} {value}")
    options.say('\nTry, in another terminal:\n  mycoder run "make the failing tests pass" --repo PATH')
    options.say("Ctrl-C stops it.")
