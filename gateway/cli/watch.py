"""`mycoder logs` and `mycoder wait`."""

from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from mycoderai.gateway.cli.errors import ExitCode
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.gateway.cli.session import Session
    from mycoderai.gateway.view import RunView

_STANDS_STILL = "No fleet is running, so the run stands still.  "


@click.command(
    epilog="""\b
Examples:
  mycoder logs latest
  mycoder logs -f 01kaz --step main
  mycoder logs latest --json | jq -c 'select(.kind=="step.turn")'
"""
)
@click.argument("run", shell_complete=complete_run)
@click.option("-f", "--follow", is_flag=True, help="Go on until the run ends.")
@click.option("--step", default="", metavar="STEP", help="Only this step.")
@click.option("--brief", is_flag=True, help="Without what the tools printed.")
@common
def logs(options: Options, *, run: str, follow: bool, step: str, brief: bool) -> int:
    """Print the log of RUN: every turn, every tool call, every result."""
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _logs(options, interrupts, run, follow=follow, step=step, brief=brief))


@click.command(
    epilog="""\b
Examples:
  mycoder wait latest && mycoder pull latest
  mycoder wait 01kaz --timeout 600

\b
Exit codes: 0 green · 1 failed · 3 cancelled · 5 waits for a person · 6 out of time, turns or money ·
  8 still pending

\b
A run that waits for a person ends the command with code 5 at once; with --timeout somebody has that long to answer.
"""
)
@click.argument("run", shell_complete=complete_run)
@click.option("--timeout", type=click.FloatRange(0.0), metavar="S", help="Give up after so many seconds.")
@common
def wait(options: Options, *, run: str, timeout: float | None) -> int:
    """Wait until RUN ends; the exit code tells how it ended."""
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _wait(options, interrupts, run, timeout))


async def _logs(options: Options, interrupts: "Interrupts", text: str, *, follow: bool, step: str, brief: bool) -> int:
    from mycoderai.gateway.cli.follow import JsonLines, Lines, follow_run
    from mycoderai.gateway.cli.runs import events_of, resolve
    from mycoderai.gateway.cli.session import Session
    from mycoderai.gateway.view import RunView

    async with Session(options, interrupts) as session:
        await session.open()
        view = RunView(await resolve(session, text))
        display = JsonLines(options) if options.json else Lines(options, full=not brief)
        if follow and session.lives_on:
            await follow_run(session, view, display, step=step)
            return 0
        for recorded in await events_of(session, view.run):
            view.apply(recorded)
            if not step or recorded.subject.step in ("", step):
                display.show(recorded, view)
    if follow and view.finished is None:
        options.note(_STANDS_STILL + options.hint("up"))
    return 0


async def _wait(options: Options, interrupts: "Interrupts", text: str, within_s: float | None) -> int:
    from mycoderai.gateway.cli.attend import gave_up
    from mycoderai.gateway.cli.ending import end
    from mycoderai.gateway.cli.errors import ExitCode
    from mycoderai.gateway.cli.runs import resolve, view_of
    from mycoderai.gateway.cli.session import Session
    from mycoderai.gateway.view import RunView

    async with Session(options, interrupts) as session:
        await session.open()
        view = await view_of(session, await resolve(session, text))
        if view.finished:
            return end(options, view)
        if not session.lives_on:
            options.note(_STANDS_STILL + options.hint("up"))
            return ExitCode.PENDING
        code = await _until_end(session, view := RunView(view.run), within_s)
        return gave_up(options, session, view, code) if code is not None else end(options, view)


async def _until_end(session: "Session", view: "RunView", within_s: float | None) -> "ExitCode | None":
    """Why waiting ended before the run did; None when the run has ended."""
    import asyncio

    from mycoderai.broker.tasks import end
    from mycoderai.gateway.cli.attend import attend
    from mycoderai.gateway.cli.follow import Silent, follow_run

    following = asyncio.create_task(follow_run(session, view, display := Silent()))
    attending = asyncio.create_task(attend(session, view, display, within_s))
    try:
        await asyncio.wait({following, attending}, return_when=asyncio.FIRST_COMPLETED)
        if not following.done():
            return attending.result()
        following.result()
        return None
    finally:
        await end([following, attending])
