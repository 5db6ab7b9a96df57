"""Sending an edited plan, and keeping it when it is refused."""

from pathlib import Path

from mycoderai.gateway.cli.asking import ask, told, unfinished
from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.interrupt import Interrupts, run_async
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.plan_file import read, written
from mycoderai.gateway.cli.runs import look_up
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.cli.view import RunView
from mycoderai.gateway.cli.who import who
from mycoderai.gateway.fleet_data import write_private
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
    return written(view.run, view.revision, pending, _started(view))


async def send(options: Options, interrupts: Interrupts, view: RunView, text: str, file: str | None) -> int:
    """Ask for the plan in `text`; the revision it names, else the one that was seen, must still be the current one."""
    try:
        plan = read(text)
    except CliError as err:
        if not _is_kept(file):
            err.cause = f"{err.cause + '; ' if err.cause else ''}your text is kept in {_keep(options, view, text)}"
        raise
    event = EditAsked(revision=plan.revision or view.revision, steps=_whole(view, plan.steps), by=who())
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


def _whole(view: RunView, edited: tuple[StepSpec, ...]) -> tuple[StepSpec, ...]:
    """The whole plan: what has started, unless the file lists it itself, then what was edited."""
    listed = {spec.id for spec in edited}
    kept = [view.steps[id_].spec for id_ in _started(view) if id_ not in listed]
    return (*kept, *edited)


def _started(view: RunView) -> list[str]:
    return [step.id for step in view.steps.values() if step.state != "pending"]


def _is_kept(file: str | None) -> bool:
    return file is not None and file != "-"


def _keep(options: Options, view: RunView, text: str) -> Path:
    folder = options.settings.data / "edits"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{view.run}-{view.revision}.toml"
    write_private(path, text.encode())
    return path
