"""`mycoder pull` and `mycoder diff`: a run's branch, and what it changes."""

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.errors import CliError, usage
from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.gateway.cli.session import Session
    from mycoderai.gateway.view import RunView
    from mycoderai.schemas.events import RunFinished
    from mycoderai.schemas.execution import Checkpoint


@click.command(
    epilog="""\b
Examples:
  mycoder pull latest
  mycoder pull 01kaz --repo ~/src/shop
"""
)
@click.argument("run", shell_complete=complete_run)
@click.option("--repo", type=click.Path(path_type=Path), help="Where to put the branch; default: where it came from.")
@common
def pull(options: Options, *, run: str, repo: Path | None) -> int:
    """Put the branch mycoder/RUN into the repository it came from; the working tree is not touched."""
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _pull(options, interrupts, run, repo))


@click.command(
    epilog="""\b
Examples:
  mycoder diff latest
  mycoder diff 01kaz --color never | git apply --check
"""
)
@click.argument("run", shell_complete=complete_run)
@common
def diff(options: Options, *, run: str) -> int:
    """Show what RUN changed, as a patch."""
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _diff(options, interrupts, run))


async def _pull(options: Options, interrupts: "Interrupts", text: str, repo: Path | None) -> int:
    from mycoderai.gateway.cli.runs import finished_view, resolve
    from mycoderai.gateway.cli.session import Session

    async with Session(options, interrupts) as session:
        await session.open()
        run = await resolve(session, text)
        view = await finished_view(session, run)
        place = repo or _remembered(session, run)
        outcome = await pull_view(session, view, place)
    finished, result = _result_of(view)
    if options.json:
        fields = {"run": run, "branch": finished.branch, "commit": result.commit, "outcome": outcome}
        options.emit({"kind": "pulled", **fields, "repository": str(place)})
        return 0
    what = {"created": "is new", "moved": "moved forward", "unchanged": "was there already"}[outcome]
    options.say(f"{options.style(finished.branch, bold=True)} {what} in {place}")
    options.say(f"  commit  {result.commit}")
    options.say(f"  look    git -C {shlex.quote(str(place))} switch {finished.branch}")
    return 0


async def pull_view(session: "Session", view: "RunView", place: Path) -> str:
    """Fetch a finished run's bundle and put the branch into the repository at `place`."""
    from mycoderai.broker.artifacts import get_file
    from mycoderai.broker.repository import fetch_branch
    from mycoderai.gateway.cli.bundles import fitting

    finished, result = _result_of(view)
    if result.bundle is None:
        raise CliError(f"run {view.run} changed nothing, so there is no branch to pull")
    with tempfile.TemporaryDirectory(prefix="mycoder-pull-") as folder:
        bundle = Path(folder) / "result.bundle"
        await get_file(session.nc, result.bundle, bundle)
        given = view.submitted.repository.artifact if view.submitted and view.submitted.repository else None
        bundle = await fitting(session.nc, place, bundle, given)
        return await fetch_branch(place, bundle, finished.branch, result.commit)


async def _diff(options: Options, interrupts: "Interrupts", text: str) -> int:
    from mycoderai.gateway.cli.runs import finished_view, resolve
    from mycoderai.gateway.cli.session import Session

    async with Session(options, interrupts) as session:
        await session.open()
        view = await finished_view(session, await resolve(session, text))
        patch = await diff_of(session, view)
    if options.json:
        options.emit({"kind": "diff", "run": view.run, "diff": patch})
    else:
        click.echo(paint(options, patch), nl=False, color=options.color)
    return 0


async def diff_of(session: "Session", view: "RunView") -> str:
    """The patch from what the run was given to what it hands back."""
    from mycoderai.broker.artifacts import get_file
    from mycoderai.broker.repository import diff as difference

    _, result = _result_of(view)
    repository = view.submitted.repository if view.submitted else None
    if repository is None or repository.artifact is None:
        raise CliError(f"run {view.run} was not given a copy of a repository, so there is nothing to compare with")
    if result.bundle is None:
        return ""
    with tempfile.TemporaryDirectory(prefix="mycoder-diff-") as folder:
        start, bundle = Path(folder) / "repository.pack", Path(folder) / "result.bundle"
        await get_file(session.nc, repository.artifact, start)
        await get_file(session.nc, result.bundle, bundle)
        return await difference(start, repository.commit, result.commit, bundles=[bundle])


def paint(options: Options, patch: str) -> str:
    """A patch with colours and without control characters, on a terminal; as it is elsewhere."""
    if not options.color:
        return patch
    from mycoderai.gateway.cli.text import block

    colors = {"+": "green", "-": "red", "@": "cyan"}
    return "\n".join(_paint_line(options, text, colors.get(text[:1])) for text in block(patch).split("\n"))


def _paint_line(options: Options, text: str, color: str | None) -> str:
    return options.style(text, fg=color) if color else text


def _result_of(view: "RunView") -> tuple["RunFinished", "Checkpoint"]:
    finished = view.finished
    if finished and finished.branch and finished.result:
        return finished, finished.result
    reason = finished.failure.message if finished and finished.failure else ""
    status = finished.status if finished else "unfinished"
    raise CliError(f"run {view.run} has no branch: it {status}", f"mycoder logs {view.run}", cause=reason)


def _remembered(session: "Session", run: str) -> Path:
    from mycoderai.gateway.cli.submit import recall

    known = recall(session.settings.data, run)
    if known is None:
        raise usage(f"it is not known here which repository run {run} came from", f"mycoder pull {run} --repo PATH")
    return Path(known.repository)
