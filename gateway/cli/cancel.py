"""`mycoder cancel`."""

import sys
from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.errors import CliError, ExitCode
from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.gateway.cli.session import Session


@click.command(
    epilog="""\b
Examples:
  mycoder cancel latest
  mycoder cancel 01kaz 01kb2 --yes
"""
)
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", shell_complete=complete_run)
@click.option("--yes", is_flag=True, help="Do not ask before cancelling several runs.")
@click.option("--reason", default="", help="Kept in the run's log.")
@common
def cancel(options: Options, *, runs: tuple[str, ...], yes: bool, reason: str) -> int:
    """Stop runs; a command they are running is ended too."""
    from mycoderai.gateway.cli.interrupt import run_async

    if len(runs) > 1 and not yes:
        _ask(runs)
    return run_async(lambda interrupts: _cancel(options, interrupts, runs, reason))


def _ask(runs: tuple[str, ...]) -> None:
    if not sys.stdin.isatty():
        raise CliError(
            f"{len(runs)} runs would be cancelled, and there is no terminal to ask",
            "mycoder cancel … --yes",
            code=ExitCode.NEEDS_PERSON,
        )
    click.confirm(f"Cancel {len(runs)} runs?", abort=True, err=True)


async def _cancel(options: Options, interrupts: "Interrupts", texts: tuple[str, ...], reason: str) -> int:
    from mycoderai.gateway.cli.runs import resolve
    from mycoderai.gateway.cli.session import Session

    async with Session(options, interrupts) as session:
        await session.open()
        for run in [await resolve(session, text) for text in texts]:
            await _cancel_one(options, session, run, reason)
    return 0


async def _cancel_one(options: Options, session: "Session", run: str, reason: str) -> None:
    from mycoderai.broker.log import last
    from mycoderai.gateway.cli.run_order import cancel_run
    from mycoderai.gateway.cli.runs import log_of

    ended = await last(session.nc, log_of(session, run).run_event("finished"))
    if not ended:
        await cancel_run(session, run, reason)
    if options.json:
        options.emit({"kind": "cancel", "run": run, "asked": not ended})
    elif ended:
        options.say(f"{run} has ended already")
    else:
        later = "" if session.lives_on else " (no fleet is running: it takes effect at the next start)"
        options.say(f"{run} is being cancelled{later}")
