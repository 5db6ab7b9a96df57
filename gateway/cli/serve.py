"""`mycoder up`, `worker` and `broker`: the fleet, or one part of it."""

import os
import sys
from typing import NoReturn

import click

from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.options import Options, common

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
    from mycoderai.gateway.cli import serve_work as work
    from mycoderai.gateway.cli.interrupt import run_async
    from mycoderai.gateway.fleet_plan import default_roles

    wanted = tuple(role.strip() for group in roles for role in group.split(",") if role.strip())
    return run_async(lambda interrupts: work.up(options, interrupts, wanted or default_roles(options.settings), port))


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
    from mycoderai.gateway.cli import serve_work as work
    from mycoderai.gateway.cli.interrupt import run_async

    credentials = options.settings.credentials
    if options.settings.nats_url and not (credentials / ADMIN).exists():
        raise usage(
            f"the streams of another broker are its admin's to see to, and {credentials} has no file {ADMIN!r}",
            "copy that file from the broker's host, or leave out --nats and unset MYCODER_NATS_URL",
        )
    return run_async(lambda interrupts: work.up(options, interrupts, (), port))


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
    from mycoderai.gateway.cli import serve_work as work
    from mycoderai.gateway.cli.interrupt import run_async
    from mycoderai.gateway.fleet_data import with_broker
    from mycoderai.gateway.fleet_plan import WorkerSpec, check_role

    for role in roles:
        check_role(role, options.settings)
    if handler:
        _check_handler(handler)
    settings = with_broker(options.settings)
    spec = WorkerSpec(roles[0], roles, slots or 0, handler)
    return run_async(lambda interrupts: work.keep_worker(options, interrupts, settings, spec))


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
    from mycoderai.gateway.fleet_data import with_broker
    from mycoderai.gateway.fleet_plan import settings_as_variables
    from mycoderai.gateway.origins import hand_on

    hand_on(options.origins)
    os.execve(command[0], command, {**os.environ, **settings_as_variables(with_broker(options.settings))})  # noqa: S606


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
