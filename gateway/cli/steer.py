"""`mycoder message`, `mycoder pause` and `mycoder resume`."""

from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.complete import complete_step
from mycoderai.gateway.cli.errors import CliError, usage
from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.gateway.step_view import StepView
    from mycoderai.gateway.view import RunView
    from mycoderai.schemas.events import PauseAsked, ResumeAsked


@click.command(
    epilog="""\b
Examples:
  mycoder message latest "leave the public names as they are"
  mycoder message 01kaz "also update the changelog" --step docs --after

\b
Exit codes: 0 accepted · 1 refused: the step has ended or moved on · 2 several steps are at work: name one
"""
)
@click.argument("run", shell_complete=complete_run)
@click.argument("text")
@click.option(
    "--step", default="", metavar="STEP", shell_complete=complete_step, help="Needed when several are at work."
)
@click.option("--after", is_flag=True, help="Tell it when it wants to hand its work in, not before its next turn.")
@click.option(
    "--attempt",
    type=click.IntRange(1),
    metavar="N",
    help="Only while this attempt is at work; default: the one that is when the command is given.",
)
@common
def message(options: Options, *, run: str, text: str, step: str, after: bool, attempt: int | None) -> int:
    """Tell a step of RUN something; a step that waits with a question takes it as the answer."""
    from mycoderai.gateway.cli.interrupt import run_async

    if not text.strip():
        raise usage("the message is empty", 'mycoder message RUN "…"')
    return run_async(lambda interrupts: _message(options, interrupts, run, text, step, after=after, attempt=attempt))


@click.command(
    epilog="""\b
Examples:
  mycoder pause latest
  mycoder pause 01kaz --reason "the staging server is down"
"""
)
@click.argument("run", shell_complete=complete_run)
@click.option("--reason", default="", help="Kept in the run's log.")
@common
def pause(options: Options, *, run: str, reason: str) -> int:
    """Halt RUN: steps at work stop before their next turn, no other starts."""
    from mycoderai.gateway.cli.interrupt import run_async
    from mycoderai.gateway.who import who
    from mycoderai.schemas.events import PauseAsked

    event = PauseAsked(by=who(), reason=reason)
    return run_async(lambda interrupts: _halt(options, interrupts, run, event))


@click.command(
    epilog="""\b
Examples:
  mycoder resume latest
"""
)
@click.argument("run", shell_complete=complete_run)
@common
def resume(options: Options, *, run: str) -> int:
    """Let RUN go on after a pause."""
    from mycoderai.gateway.cli.interrupt import run_async
    from mycoderai.gateway.who import who
    from mycoderai.schemas.events import ResumeAsked

    return run_async(lambda interrupts: _halt(options, interrupts, run, ResumeAsked(by=who())))


async def _message(
    options: Options, interrupts: "Interrupts", run: str, text: str, step: str, *, after: bool, attempt: int | None
) -> int:
    from mycoderai.gateway.cli.asking import ask, told, unfinished
    from mycoderai.gateway.who import who
    from mycoderai.schemas.events import MessageAsked

    async with unfinished(options, interrupts, run) as (session, view):
        to = _named(options, view, step) if step else _at_work(options, view)
        event = MessageAsked(
            step=to.id,
            text=text,
            when="after" if after else "now",
            attempt=to.attempt if attempt is None else attempt,
            by=who(),
        )
        word = await ask(session, view.run, event)
    done = f"step {to.id} is told{' when it wants to hand in' if after else ''}"
    return told(options, view.run, "message", word, done, step=to.id, attempt=event.attempt)


def _named(options: Options, view: "RunView", step: str) -> "StepView":
    if step in view.steps:
        return view.steps[step]
    known = ", ".join(view.steps) or "there is no plan yet"
    raise usage(f"the plan has no step {step!r}", options.hint(f"show {view.run}"), cause=f"its steps: {known}")


def _at_work(options: Options, view: "RunView") -> "StepView":
    """The step that is meant when none is named."""
    found = [step for step in view.steps.values() if step.active or step.state == "waiting"]
    if len(found) == 1:
        return found[0]
    if not found:
        raise CliError(f"no step of run {view.run} is at work", options.hint(f'message {view.run} "…" --step STEP'))
    raise usage(
        f"{len(found)} steps of run {view.run} are at work",
        options.hint(f'message {view.run} "…" --step {found[0].id}'),
        cause=", ".join(step.id for step in found),
    )


async def _halt(options: Options, interrupts: "Interrupts", run: str, event: "PauseAsked | ResumeAsked") -> int:
    from mycoderai.gateway.cli.asking import ask, told, unfinished
    from mycoderai.schemas.events import PauseAsked

    async with unfinished(options, interrupts, run) as (session, view):
        word = await ask(session, view.run, event)
    if isinstance(event, PauseAsked):
        return told(options, view.run, "pause", word, f"{view.run} is paused")
    return told(options, view.run, "resume", word, f"{view.run} goes on")
