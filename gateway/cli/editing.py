"""Sending an edited plan, and keeping it when it is refused."""

from pathlib import Path

from mycoderai.gateway.cli.asking import ask, told, unfinished
from mycoderai.gateway.cli.errors import CliError, usage
from mycoderai.gateway.cli.interrupt import Interrupts, run_async
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.plan_file import PlanFile, read, written
from mycoderai.gateway.cli.plan_show import under_way
from mycoderai.gateway.cli.runs import look_up
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.fleet_data import write_private
from mycoderai.gateway.view import RunView
from mycoderai.gateway.who import who
from mycoderai.schemas.events import EditAsked
from mycoderai.schemas.plan import StepSpec


def seen(options: Options, run: str) -> RunView:
    """The run as it is now. No connection is left open: a person may take long to edit."""
    found: list[RunView] = []

    async def look(interrupts: Interrupts) -> int:
        found.append(await look_up(options, interrupts, run))
        return 0

    run_async(look)
    if not found:
        raise KeyboardInterrupt
    return found[0]


def draft_of(options: Options, view: RunView) -> str:
    """The file to edit. Raises an error when there is nothing to edit."""
    if view.finished:
        raise CliError(f"run {view.run} has ended: it {view.finished.status}", options.hint(f"retry {view.run}"))
    if not view.steps:
        raise CliError(f"run {view.run} has no plan yet", options.hint(f"logs -f {view.run}"))
    pending = [step.spec for step in view.steps.values() if step.state == "pending"]
    done = [step.id for step in view.steps.values() if step.state == "done"]
    return written(view.run, view.revision, pending, done, under_way(view))


async def send(options: Options, interrupts: Interrupts, view: RunView, text: str, file: str | None) -> int:
    """Ask for the plan in `text`; the revision it names, else the one that was seen, must still be the current one."""
    try:
        plan = read(text)
        steps = whole(view, plan)
    except CliError as err:
        if not _is_kept(file):
            err.cause = f"{err.cause + '; ' if err.cause else ''}your text is kept in {_keep(options, view, text)}"
        raise
    event = EditAsked(revision=plan.revision or view.revision, steps=steps, by=who())
    async with unfinished(options, interrupts, view.run) as (session, _):
        word = await ask(session, view.run, event)
    if word.outcome in ("refused", "ended"):
        kept = Path(file) if file and _is_kept(file) else _keep(options, view, text)
        if options.json:
            options.emit({"kind": "asked", "what": "edit", "run": view.run, "accepted": False, "reason": word.reason})
        raise CliError(
            f"the edit was refused: {clean(word.reason, 500)}",
            options.hint(f"show {view.run} --plan"),
            cause=f"your text is kept in {kept}",
        )
    return told(options, view.run, "edit", word, f"the plan of {view.run} is now revision {event.revision + 1}")


def whole(view: RunView, plan: PlanFile) -> tuple[StepSpec, ...]:
    """The whole plan: what has started, unless the file lists it itself or takes it out, then what was edited.
    Raises a usage error when the file keeps what is not under way."""
    started = [id_ for id_, step in view.steps.items() if step.state != "pending"]
    if strange := set(plan.keep or ()) - set(started):
        raise usage(
            f"the plan keeps {clean(min(strange), 64)!r}, which has not started",
            "list it as a [[step]], or leave it out",
            cause=f"started: {', '.join(started) or 'none'}",
        )
    away = set() if plan.keep is None else set(under_way(view)) - set(plan.keep)
    listed = {spec.id for spec in plan.steps}
    return (*(view.steps[id_].spec for id_ in started if id_ not in listed | away), *plan.steps)


def _is_kept(file: str | None) -> bool:
    return file is not None and file != "-"


def _keep(options: Options, view: RunView, text: str) -> Path:
    folder = options.settings.data / "edits"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{view.run}-{view.revision}.toml"
    write_private(path, text.encode())
    return path
