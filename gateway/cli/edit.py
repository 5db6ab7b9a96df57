"""`mycoder edit`."""

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.errors import CliError, ExitCode, usage
from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command(
    epilog="""\b
Examples:
  mycoder edit latest
  mycoder show 01kaz --plan --json > plan.json && mycoder edit 01kaz --file plan.json
  generate-plan | mycoder edit 01kaz --file -

\b
Exit codes: 0 the plan is changed · 1 refused, with the reason; the text is kept · 2 the text is no plan
"""
)
@click.argument("run", shell_complete=complete_run)
@click.option("--file", "file", metavar="F", help="TOML or JSON to take instead of opening an editor; - for stdin.")
@common
def edit(options: Options, *, run: str, file: str | None) -> int:
    """Change the steps of RUN's plan that have not started, in $EDITOR, and stop some that have.

    A step that is under way is stopped and taken out when its name is taken out of the list `keep`; one that is done
    stays. The orchestrator checks the new plan. If the plan was revised meanwhile, yours is refused and kept in a file.
    """
    from mycoderai.gateway.cli.editing import draft_of, seen, send
    from mycoderai.gateway.cli.interrupt import run_async

    view = seen(options, run)
    draft = draft_of(options, view)
    text = _given(file) if file else _edited(options, view.run, draft)
    if text is None or not text.strip() or text == draft:
        options.say("Nothing was changed.")
        return 0
    return run_async(lambda interrupts: send(options, interrupts, view, text, file))


def _given(file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    try:
        return Path(file).read_text()
    except (OSError, UnicodeDecodeError) as err:
        raise usage(f"cannot read {file}: {err}", "check the path given with --file") from err


def _edited(options: Options, run: str, draft: str) -> str | None:
    """What the person made of it; None when it was not saved."""
    if not sys.stdin.isatty() and not (os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        raise CliError(
            "there is no terminal to edit at", options.hint(f"edit {run} --file F"), code=ExitCode.NEEDS_PERSON
        )
    with _signals_as_usual():
        return click.edit(draft, extension=".toml")


@contextmanager
def _signals_as_usual() -> "Iterator[None]":
    """Ctrl-C is the editor's; the other signals end this command, as they do while nothing runs."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
