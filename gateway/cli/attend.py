"""What a command that follows a run does when the run needs a person."""

import asyncio
import os
import sys
from contextlib import suppress

from mycoderai.gateway.cli.errors import ExitCode
from mycoderai.gateway.cli.follow import Display
from mycoderai.gateway.cli.needs import answers, note_of
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.view_json import question_json
from mycoderai.gateway.view import RunView


async def attend(session: Session, view: RunView, display: Display, timeout_s: float | None) -> ExitCode:
    """Ends when there is no use in following the run any further; with the exit code that says why.

    At a terminal the person is asked. Elsewhere a run that waits ends the command at once, unless a time was given,
    within which somebody may answer from another place.
    """
    try:
        async with asyncio.timeout(timeout_s):
            await _until_useless(session, view, display, patient=timeout_s is not None)
    except TimeoutError:
        return ExitCode.NEEDS_PERSON if view.blocked else ExitCode.PENDING
    return ExitCode.NEEDS_PERSON


async def _until_useless(session: Session, view: RunView, display: Display, *, patient: bool) -> None:
    if has_terminal():
        from mycoderai.gateway.cli.live import LiveTree
        from mycoderai.gateway.cli.prompt import Prompt

        if isinstance(display, LiveTree):
            await Prompt(session, view, display).attend()
            return
    if patient:
        await asyncio.Event().wait()  # somebody may answer from another place, until the time is over
    await until_blocked(view)


async def until_blocked(view: RunView) -> None:
    while not view.blocked:
        view.moved.clear()
        await view.moved.wait()


def has_terminal() -> bool:
    """Whether somebody sits at the keyboard of this very command."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    with suppress(OSError):
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    return False


def gave_up(options: Options, session: Session, view: RunView, code: ExitCode) -> ExitCode:
    """Say why a run is not followed any further, and how it goes on."""
    if options.json:
        asked = [
            question_json(view.run, item) | {"answers": answers(options, view.run, item)} for item in view.questions
        ]
        options.emit({"kind": "unfinished", "run": view.run, "waits": view.blocked, "questions": asked})
        return code
    if view.blocked:
        options.note(note_of(options, view))
    if session.lives_on:
        options.note(f"\nThe run goes on.  {options.hint(f'logs -f {view.run}')}")
    else:
        options.note(f"\nThe run goes on at the next start.  {options.hint('up')}")
    return code
