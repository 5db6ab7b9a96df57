"""`mycoder up`, `worker` and `broker`: the fleet, or one part of it."""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NoReturn

import click

from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.options import Options, common

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.gateway.fleet import Fleet
    from mycoderai.gateway.fleet_plan import WorkerSpec
    from mycoderai.schemas.settings import Settings

_PORT = click.IntRange(0, 65535)


@click.command(
    epilog="""\b
Examples:
  mycoder up
  mycoder up --data ./fleet --port 0
  mycoder up --roles coder,executor --nats nats://broker:4222
"""
)
@click.option("--roles", multiple=True, metavar="ROLES", help="Only these roles; commas or repeated.")
@click.option("--port", type=_PORT, help="Port of the broker; 0 for any. Default: 4222 where it is free.")
@click.option("--trust-code", "set_trust_code", is_flag=True, default=None, help="Run code without isolation.")
@common
def up(options: Options, *, roles: tuple[str, ...], port: int | None) -> int:
    """Start the fleet: the broker and every worker, until Ctrl-C.

    SIGUSR1 replaces every worker by a new process, of the version that is installed by then.
    """
    from mycoderai.gateway.cli.interrupt import run_async
    from mycoderai.gateway.fleet_plan import default_roles

    wanted = tuple(role.strip() for group in roles for role in group.split(",") if role.strip())
    return run_async(lambda interrupts: _up(options, interrupts, wanted or default_roles(options.settings), port))


@click.command(
    epilog="""\b
Examples:
  mycoder broker --port 4222
  mycoder broker --nats nats://n1:4222,nats://n2:4222,nats://n3:4222
  MYCODER_NATS_URL=nats://127.0.0.1:4222 mycoder worker --role coder
"""
)
@click.option("--port", type=_PORT, help="Port; 0 for any. Default: 4222 where it is free.")
@common
def broker(options: Options, *, port: int | None) -> int:
    """Start the broker alone, until Ctrl-C; with --nats, see to the streams of one that runs already."""
    from mycoderai.broker.credentials import ADMIN
    from mycoderai.gateway.cli.interrupt import run_async

    credentials = options.settings.credentials
    if options.settings.nats_url and not (credentials / ADMIN).exists():
        raise usage(
            f"the streams of another broker are its admin's to see to, and {credentials} has no file {ADMIN!r}",
            "copy that file from the broker's host, or leave out --nats and unset MYCODER_NATS_URL",
        )
    return run_async(lambda interrupts: _up(options, interrupts, (), port))


@click.command(
    epilog="""\b
Examples:
  mycoder worker --role coder --slots 8
  mycoder worker --role docs --handler acme.agents:write_docs
"""
)
@click.option("--role", "roles", multiple=True, required=True, metavar="ROLE", help="A role; may be repeated.")
@click.option("--slots", type=click.IntRange(1, 1000), help="Steps at a time.")
@click.option("--handler", default="", metavar="M:F", help="Callable that takes the steps of a pool of your own.")
@common
def worker(options: Options, *, roles: tuple[str, ...], slots: int | None, handler: str) -> int:
    """Keep one worker running against the configured or the running broker.

    It is started again when it dies or hangs. SIGUSR1 replaces it by a new process.
    """
    from mycoderai.gateway.cli.interrupt import run_async
    from mycoderai.gateway.fleet_plan import WorkerSpec, check_role

    for role in roles:
        check_role(role, options.settings)
    if handler:
        _check_handler(handler)
    settings = with_broker(options)
    spec = WorkerSpec(roles[0], roles, slots or 0, handler)
    return run_async(lambda interrupts: _work(options, interrupts, settings, spec))


@click.command(
    epilog="""\b
Examples:
  mycoder gateway
  mycoder gateway --port 8080 --nats nats://broker:4222
"""
)
@click.option("--port", type=_PORT, help="Port; 0 for any. Default: that of last time, 8730 at first.")
@click.option("--host", metavar="ADDRESS", help="Address to listen on. Default: 127.0.0.1, this host alone.")
@click.option("--host-name", "names", multiple=True, metavar="NAME", help="Another name browsers may use for it.")
@common
def gateway(options: Options, *, port: int | None, host: str | None, names: tuple[str, ...]) -> int:
    """Start the web page, the HTTP API and Socket.IO against the configured or the running broker."""
    from mycoderai.gateway.fleet_plan import GATEWAY, WorkerSpec, worker_command

    command = worker_command(WorkerSpec(GATEWAY, (GATEWAY,)))
    command += ["--port", str(port)] if port is not None else []
    command += ["--host", host] if host else []
    command += [part for name in names for part in ("--host-name", name)]
    _become(command, options)


def _become(command: list[str], options: Options) -> NoReturn:
    """Go on as another program, on the configured or the running broker."""
    from mycoderai.gateway.fleet_plan import settings_as_variables
    from mycoderai.gateway.origins import hand_on

    hand_on(options.origins)
    os.execve(command[0], command, {**os.environ, **settings_as_variables(with_broker(options))})  # noqa: S606


def with_broker(options: Options) -> "Settings":
    """The settings with the address of the configured or the running broker."""
    import msgspec

    from mycoderai.gateway.fleet_data import find_running

    settings = options.settings
    if settings.nats_url:
        return settings
    running = find_running(settings)
    if running is None:
        raise usage("no broker is configured and no fleet is running", "mycoder up, or set MYCODER_NATS_URL")
    return msgspec.structs.replace(settings, nats_url=running.url)


def _check_handler(handler: str) -> None:
    from importlib.util import find_spec

    module, _, function = handler.partition(":")
    if not module or not function.isidentifier():
        raise usage(f"handler {handler!r} does not have the form package.module:function")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as in the worker, which finds modules in this folder too
    try:
        found = find_spec(module)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise usage(
            f"handler {handler!r}: there is no module {module!r}",
            "install the package that has it, or set PYTHONPATH",
        )


async def _up(options: Options, interrupts: "Interrupts", roles: tuple[str, ...], port: int | None) -> int:
    from mycoderai.gateway.fleet import Fleet
    from mycoderai.gateway.fleet_broker import preferred_port
    from mycoderai.gateway.origins import hand_on

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


async def _work(options: Options, interrupts: "Interrupts", settings: "Settings", spec: "WorkerSpec") -> int:
    from mycoderai.broker.life import Life
    from mycoderai.gateway.fleet_plan import settings_as_variables
    from mycoderai.gateway.fleet_workers import Workers

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


async def _until_stopped(interrupts: "Interrupts", roll_over: Callable[[], Awaitable[None]]) -> None:
    """Until Ctrl-C or SIGTERM; SIGUSR1 asks for new processes meanwhile."""
    import asyncio
    import signal

    from mycoderai.broker.tasks import end

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


def _welcome(options: Options, fleet: "Fleet") -> None:
    from mycoderai.gateway.access import page_url
    from mycoderai.gateway.fleet_plan import GATEWAY

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
