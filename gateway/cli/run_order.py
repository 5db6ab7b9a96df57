"""The life of one `mycoder run`: pack while the fleet starts, submit, follow, end."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from mycoderai.broker.log import append
from mycoderai.broker.tasks import all_or_none
from mycoderai.gateway.cli.ending import end
from mycoderai.gateway.cli.errors import ExitCode, usage
from mycoderai.gateway.cli.follow import Display, Silent, display_for, follow_run
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.submit import Order, left_out, look_at, pack_order, scratch, submit
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.cli.view import RunView
from mycoderai.gateway.fleet_data import find_running
from mycoderai.gateway.fleet_plan import check_role
from mycoderai.schemas.events import CancelAsked
from mycoderai.schemas.ids import shard_of
from mycoderai.schemas.subjects import Log

CANCELLED_WITHIN_S = 10.0


async def carry_out(options: Options, interrupts: Interrupts, order: Order, *, follow: bool) -> int:
    """Run an order to its end, or to its acceptance when it is not followed. Returns the exit code."""
    _check(options, order, follow=follow)
    async with Session(options, interrupts, roles=roles_for(order), kind="run") as session:
        view = await start(options, interrupts, session, order)
        if not follow:
            return _left(options, view)
        return await follow_to_end(options, interrupts, session, view, str(order.repo))


def roles_for(order: Order) -> tuple[str, ...]:
    return ("orchestrator", order.role, "executor", "model", "memory")


async def start(options: Options, interrupts: Interrupts, session: Session, order: Order) -> RunView:
    """Pack while the fleet starts, then submit. From the submission on, Ctrl-C no longer just breaks off."""
    state = await look_at(order)
    with scratch() as folder:
        _, packed = await all_or_none(session.open(), pack_order(order, Path(folder)))
        view = RunView(run="")
        interrupts.gently = view.leave.set
        notes = [*packed.notes, *left_out(order, state)]
        view.run = await submit(session.nc, session.settings, order, packed, notes)
    _announce(options, view.run, notes)
    return view


async def follow_to_end(
    options: Options, interrupts: Interrupts, session: Session, view: RunView, repository: str, *, hints: bool = True
) -> int:
    """Show the run until it ends or the person leaves; then how it ended."""
    live = sys.stdout.isatty() and not options.json
    if live:
        interrupts.force.append(_show_cursor)
    display = display_for(options, view, live=live)
    with display:
        await _until_left_or_ended(session, view, display)
    if view.finished is None:
        return _left(options, view, interrupts, session)
    code = end(options, view, repository, hints=hints)
    return interrupts.exit_code if interrupts.received and code is ExitCode.CANCELLED else code


async def _until_left_or_ended(session: Session, view: RunView, display: Display) -> None:
    following = asyncio.create_task(follow_run(session, view, display))
    leaving = asyncio.create_task(view.leave.wait())
    try:
        await asyncio.wait({following, leaving}, return_when=asyncio.FIRST_COMPLETED)
        unread = following.done() and isinstance(following.exception(), BrokenPipeError)
        if not session.lives_on and (unread or not following.done()):
            await cancel_run(session, view.run, "nobody reads its output" if unread else "interrupted at the terminal")
            ending = asyncio.create_task(follow_run(session, view, Silent())) if unread else following
            await asyncio.wait({ending}, timeout=CANCELLED_WITHIN_S)
            ending.cancel()
        if following.done():
            following.result()
    finally:
        for task in (following, leaving):
            task.cancel()
        await asyncio.gather(following, leaving, return_exceptions=True)


async def cancel_run(session: Session, run: str, reason: str) -> None:
    log = Log(run, shard_of(run, session.settings.shards))
    await append(session.nc, log.ask("cancel"), CancelAsked(by="cli", reason=reason))


def _check(options: Options, order: Order, *, follow: bool) -> None:
    settings = options.settings
    if settings.nats_url:
        return
    if running := find_running(settings):
        if settings.trust_code and running.kind == "up":
            options.note("note: --trust-code has no effect; the running fleet has settings of its own")
        return
    check_role(order.role, settings)
    if not follow:
        raise usage(
            "nobody would work on the run once this command has left", "mycoder up", cause="no fleet is running"
        )


def _announce(options: Options, run: str, notes: Sequence[str]) -> None:
    options.say(f"run {options.style(run, bold=True)}")
    for note in notes:
        options.say(options.style(f"  {clean(note, 300)}", dim=True))


def _left(options: Options, view: RunView, interrupts: Interrupts | None = None, session: Session | None = None) -> int:
    """The command ends before the run does."""
    if session and not session.lives_on:
        options.note(f"The run did not end within {CANCELLED_WITHIN_S:.0f} s; it stops with its fleet.")
    elif options.json and interrupts is None:
        options.emit({"kind": "accepted", "run": view.run})
    else:
        watch, cancel = options.hint(f"logs -f {view.run}"), options.hint(f"cancel {view.run}")
        options.note(f"The run goes on.\n  watch   {watch}\n  stop    {cancel}")
    return interrupts.exit_code if interrupts else ExitCode.OK


def _show_cursor() -> None:
    sys.stdout.write("\x1b[?25h\n")
