"""Trying again what dead letters are about.

A command is a copy of an event, so it is never sent again: what makes the orchestrator decide anew is appended to the
run's log, or a new run takes over what the old one did. Each of these is stored once however often it is asked for,
and the letter goes only after it is stored.
"""

import hashlib
from itertools import groupby

import msgspec

from mycoderai.broker.letters import Letter, remove, whole_payload
from mycoderai.broker.log import append, append_bytes
from mycoderai.gateway.cli.dead_letters import Filter, find, summary
from mycoderai.gateway.cli.dead_verdict import Replay, verdict
from mycoderai.gateway.cli.errors import ExitCode
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.resubmit import resubmit
from mycoderai.gateway.cli.runs import log_of, view_of
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.cli.view import RunView
from mycoderai.gateway.cli.who import who
from mycoderai.schemas.errors import Conflict
from mycoderai.schemas.events import Fork, RetryAsked
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.subjects import DEAD

_SAID = {
    "retry": "step {step} of run {run} gets another round",
    "wake": "run {run} is looked at once more",
    "submit": "run {run} is submitted where it belongs",
    "again": "run {run} goes on in a new run, {new}",
    "none": "cannot be tried again: {why}",
}


async def replay(options: Options, interrupts: Interrupts, wanted: Filter, *, do: bool) -> int:
    impossible = False
    async with Session(options, interrupts) as session:
        await session.open()
        found = await find(options, session, wanted)
        for run, items in groupby(sorted(found, key=lambda item: (item.run, item.seq)), key=lambda item: item.run):
            view = await view_of(session, run) if is_token(run) else RunView(run)
            for item in items:
                what = verdict(item, await whole_payload(session.nc, item), view, log_of(session, run))
                impossible |= what.action == "none"
                if do and what.action != "none":
                    await _carry_out(session, view, what)
                    await remove(session.nc, DEAD, item.seq)
                _tell(options, item, what, do=do)
        if do and found and not session.lives_on:
            options.note("No fleet is running: it takes effect at the next start.")
    summary(options, found, "looked through", do=do)
    return ExitCode.FAILED if impossible else ExitCode.OK


def new_run_for(run: str) -> str:
    """The id of the run that a failed run goes on in: always the same, so that asking twice starts one."""
    return "r" + hashlib.sha256(f"replay of {run}".encode()).hexdigest()[:25]


async def _carry_out(session: Session, view: RunView, what: Replay) -> None:
    log = log_of(session, view.run)
    try:
        match what.action:
            case "retry" | "wake":
                await append(session.nc, log.ask("retry"), RetryAsked(step=what.step, by=who()))
            case "submit":
                await append_bytes(session.nc, log.run_event("submitted"), what.payload, expected=0)
            case "again" if view.submitted:
                fork = Fork(run=view.run, step=what.step) if what.step else None
                await resubmit(session, view.submitted, view.run, fork=fork, run=new_run_for(view.run))
    except Conflict:
        return  # it was done before


def _tell(options: Options, item: Letter, what: Replay, *, do: bool) -> None:
    new = new_run_for(item.run) if what.action == "again" else ""
    if options.json:
        said = msgspec.structs.asdict(what)
        said.pop("payload")
        done = do and what.action != "none"
        options.emit({"kind": "replay", "letter": item.seq, "run": item.run, **said, "new_run": new, "done": done})
        return
    text = _SAID[what.action].format(step=what.step, run=item.run, new=new, why=what.why)
    options.say(f"{options.style(f'{item.seq:>5}', bold=True)}  {clean(text, 300)}")
