"""`mycoder retry` and `mycoder fork`."""

import re
from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.complete import complete_step
from mycoderai.gateway.cli.errors import CliError, usage
from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.gateway.step_view import StepView
    from mycoderai.gateway.view import RunView
    from mycoderai.schemas.events import Fork

_WHERE = re.compile(r"([^:]+)(?::([0-9]{1,6}))?")
_follow = click.option("--follow/--detach", default=True, help="Watch the new run, or leave once it is accepted.")


@click.command(
    epilog="""\b
Examples:
  mycoder retry latest
  mycoder retry 01kaz fix-cart
  mycoder retry 01kaz --detach

\b
Exit codes: those of `mycoder run` when a new run is followed
"""
)
@click.argument("run", shell_complete=complete_run)
@click.argument("step", default="", metavar="[STEP]", shell_complete=complete_step)
@_follow
@common
def retry(options: Options, *, run: str, step: str, follow: bool) -> int:
    """Try a failed step of RUN again.

    While the run is unfinished, the step gets another round. A run that has ended stays as it is: a new one takes over
    what was done and goes on at the step that failed, or at STEP.
    """
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _retry(options, interrupts, run, step, follow=follow))


@click.command(
    epilog="""\b
Examples:
  mycoder fork latest --from fix-cart
  mycoder fork 01kaz --from fix-cart:7 --model openai/gpt-5

\b
Exit codes: those of `mycoder run`
"""
)
@click.argument("run", shell_complete=complete_run)
@click.option(
    "--from", "where", required=True, metavar="STEP[:TURN]", help="Goes on there; without TURN it begins anew."
)
@click.option("--model", default="", metavar="M", help="Model of the new run; default: the old one's.")
@_follow
@common
def fork(options: Options, *, run: str, where: str, model: str, follow: bool) -> int:
    """Start a new run that takes over what RUN did up to a step, or up to a turn of it."""
    from mycoderai.gateway.cli.interrupt import run_async

    found = _WHERE.fullmatch(where)
    if found is None:
        raise usage(f"--from {where!r} does not name a step", "give STEP or STEP:TURN, as in --from main:7")
    step, turn = found[1], int(found[2] or 0)
    return run_async(lambda interrupts: _fork(options, interrupts, run, step, turn, model=model, follow=follow))


async def _retry(options: Options, interrupts: "Interrupts", text: str, step: str, *, follow: bool) -> int:
    from mycoderai.gateway.cli.rerun import go_on_with
    from mycoderai.gateway.cli.runs import look_up

    view = await look_up(options, interrupts, text)
    if view.finished is None:
        return await _another_round(options, interrupts, view, step)
    if view.finished.status == "succeeded" and not step:
        raise CliError(
            f"run {view.run} succeeded; there is nothing to try again", options.hint(f"fork {view.run} --from STEP")
        )
    return await go_on_with(options, interrupts, view, _fork_of(view, step), follow=follow)


async def _fork(
    options: Options, interrupts: "Interrupts", text: str, step: str, turn: int, *, model: str, follow: bool
) -> int:
    from mycoderai.gateway.cli.rerun import go_on_with
    from mycoderai.gateway.cli.runs import look_up
    from mycoderai.schemas.events import Fork

    view = await look_up(options, interrupts, text)
    turns = _step_of(view, step).turns
    if turn > turns:
        raise usage(f"step {step} has {turns} turns, so none can be taken over up to {turn}", "give a smaller TURN")
    return await go_on_with(
        options, interrupts, view, Fork(run=view.run, step=step, turn=turn), model=model, follow=follow
    )


async def _another_round(options: Options, interrupts: "Interrupts", view: "RunView", step: str) -> int:
    from mycoderai.gateway.cli.asking import ask, told, unfinished
    from mycoderai.gateway.who import who
    from mycoderai.schemas.events import RetryAsked

    failed = [item.id for item in view.steps.values() if item.state == "failed"]
    if not step and len(failed) != 1:
        said = (
            f"{len(failed)} steps of run {view.run} have failed" if failed else f"no step of run {view.run} has failed"
        )
        raise usage(said, options.hint(f"retry {view.run} STEP"), cause=", ".join(failed))
    step = step or failed[0]
    async with unfinished(options, interrupts, view.run) as (session, _):
        word = await ask(session, view.run, RetryAsked(step=step, by=who()))
    return told(options, view.run, "retry", word, f"step {step} is tried again", step=step)


def _fork_of(view: "RunView", step: str) -> "Fork | None":
    """Where a finished run is taken up again; None where it never had a plan."""
    from mycoderai.gateway.resubmission import where_it_stopped
    from mycoderai.schemas.events import Fork

    if step:
        return Fork(run=view.run, step=_step_of(view, step).id)
    stopped = where_it_stopped((item.id, item.state) for item in view.steps.values())
    return Fork(run=view.run, step=stopped) if stopped else None


def _step_of(view: "RunView", step: str) -> "StepView":
    if step in view.steps:
        return view.steps[step]
    known = ", ".join(view.steps) or "it had no plan"
    raise usage(f"run {view.run} has no step {step!r}", f"mycoder show {view.run}", cause=f"its steps: {known}")
