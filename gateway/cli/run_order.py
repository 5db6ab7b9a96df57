"""The life of one `mycoder run`: pack while the fleet starts, submit, follow, end."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from mycoderai.broker.log import append
from mycoderai.broker.tasks import all_or_none
from mycoderai.broker.tasks import end as end_tasks
from mycoderai.gateway.cli.attend import attend, gave_up
from mycoderai.gateway.cli.ending import end
from mycoderai.gateway.cli.errors import ExitCode, usage
from mycoderai.gateway.cli.follow import Display, Silent, display_for, follow_run
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.keyboard import terminal_restorer
from mycoderai.gateway.cli.listen import listening
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.submit import Order, left_out, look_at, pack_order, scratch, submit
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.fleet_data import find_running
from mycoderai.gateway.fleet_plan import check_role
from mycoderai.gateway.view import RunView
from mycoderai.gateway.who import who
from mycoderai.schemas.events import CancelAsked
from mycoderai.schemas.ids import shard_of
from mycoderai.schemas.settings import BUILT_IN_POOLS, Settings
from mycoderai.schemas.subjects import Log

CANCELLED_WITHIN_S = 10.0


async def carry_out(
    options: Options, interrupts: Interrupts, order: Order, *, follow: bool, timeout_s: float | None = None
) -> int:
    """Run an order to its end, or to its acceptance when it is not followed. Returns the exit code."""
    check_fleet(options, order.role, follow=follow)
    async with Session(options, interrupts, roles=roles_for(order.role, options.settings), kind="run") as session:
        view = await start(options, interrupts, session, order)
        if not follow:
            return left(options, view)
        return await follow_to_end(options, interrupts, session, view, str(order.repo), timeout_s=timeout_s)


def roles_for(role: str, settings: Settings) -> tuple[str, ...]:
    """What must run for a task that is given to a role. Any agent may split its work into steps for the others."""
    own = (name for name in settings.own_roles if name not in settings.pools)
    team = (*(pool for pool in BUILT_IN_POOLS if pool != "noop"), *own)
    agents = team if role in team else (*team, role) if role.partition("-")[0] in team else (role,)
    return ("orchestrator", *agents, "executor", "model", "memory")


async def start(options: Options, interrupts: Interrupts, session: Session, order: Order) -> RunView:
    """Pack while the fleet starts, then submit. From the submission on, Ctrl-C no longer just breaks off."""
    state = await look_at(order)
    with scratch() as folder:
        _, packed = await all_or_none(session.open(), pack_order(order, Path(folder)))
        view = RunView(run="")
        interrupts.gently = view.leave.set
        notes = [*packed.notes, *left_out(order, state)]
        view.run = await submit(session.nc, session.settings, order, packed, notes)
    announce(options, view.run, notes)
    return view


async def follow_to_end(
    options: Options,
    interrupts: Interrupts,
    session: Session,
    view: RunView,
    repository: str,
    *,
    hints: bool = True,
    timeout_s: float | None = None,
) -> int:
    """Show the run until it ends, the person leaves, or it needs a person and none is there; then how it stands."""
    live = sys.stdout.isatty() and not options.json
    if live:
        interrupts.force += [_show_cursor, terminal_restorer()]
    display = display_for(options, view, live=live)
    async with listening(session.nc, view) if live else nullcontext():
        with display:
            code = await _until_left_or_ended(session, view, display, timeout_s)
    if view.finished is None:
        return left(options, view, interrupts, session) if code is None else gave_up(options, session, view, code)
    code = end(options, view, repository, hints=hints)
    return interrupts.exit_code if interrupts.received and code is ExitCode.CANCELLED else code


async def _until_left_or_ended(
    session: Session, view: RunView, display: Display, timeout_s: float | None
) -> ExitCode | None:
    """The exit code when following made no sense any more, though the run has not ended."""
    following = asyncio.create_task(follow_run(session, view, display))
    leaving = asyncio.create_task(view.leave.wait())
    attending = asyncio.create_task(attend(session, view, display, timeout_s))
    try:
        await asyncio.wait({following, leaving, attending}, return_when=asyncio.FIRST_COMPLETED)
        if attending.done() and not following.done() and not leaving.done():
            return attending.result()
        await _cancel_what_is_left(session, view, following)
        if following.done():
            following.result()
        return None
    finally:
        await end_tasks([following, leaving, attending])


async def _cancel_what_is_left(session: Session, view: RunView, following: "asyncio.Task[None]") -> None:
    """The fleet goes with this command, so the run ends with it too."""
    unread = following.done() and isinstance(following.exception(), BrokenPipeError)
    if session.lives_on or (following.done() and not unread):
        return
    await cancel_run(session, view.run, "nobody reads its output" if unread else "interrupted at the terminal")
    ending = asyncio.create_task(follow_run(session, view, Silent())) if unread else following
    await asyncio.wait({ending}, timeout=CANCELLED_WITHIN_S)
    ending.cancel()


async def cancel_run(session: Session, run: str, reason: str) -> None:
    log = Log(run, shard_of(run, session.settings.shards))
    await append(session.nc, log.ask("cancel"), CancelAsked(by=who(), reason=reason), wait_for_room=False)


def check_fleet(options: Options, role: str, *, follow: bool) -> None:
    """Raises a usage error when nobody would work on a run for the role."""
    settings = options.settings
    if settings.nats_url:
        return
    if running := find_running(settings):
        if settings.trust_code and running.kind == "up":
            options.note("note: --trust-code has no effect; the running fleet has settings of its own")
        return
    check_role(role, settings)
    if not follow:
        raise usage(
            "nobody would work on the run once this command has left", "mycoder up", cause="no fleet is running"
        )


def announce(options: Options, run: str, notes: Sequence[str]) -> None:
    options.say(f"run {options.style(run, bold=True)}")
    for note in notes:
        options.say(options.style(f"  {clean(note, 300)}", dim=True))


def left(options: Options, view: RunView, interrupts: Interrupts | None = None, session: Session | None = None) -> int:
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
