"""`mycoder demo`: everything once, on a repository made for it."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.options import Options, common

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mycoderai.gateway.cli.interrupt import Interrupts

_OTHER_DISK = "free some space, or set TMPDIR to a folder on another disk"


@click.command(
    epilog="""\b
Examples:
  mycoder demo
  mycoder demo --keep
"""
)
@click.option("--keep", is_flag=True, help="Leave the repository, and say where it is.")
@common
def demo(options: Options, *, keep: bool) -> int:
    """Make a throw-away repository with a bug, have it fixed on a branch, show the difference.

    Needs no key and no network. It uses a fleet and a data directory of its own and removes both.
    """
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _demo(options, interrupts, keep=keep))


async def _demo(options: Options, interrupts: "Interrupts", *, keep: bool) -> int:
    import shutil

    from mycoderai.gateway.demo_project import make_project

    folder = _new_folder()
    code = None
    try:
        project = folder / "quota"
        with _on_a_disk_that_may_be_full(folder):
            project.mkdir()
            make_project(project)
            code = await _work(options, interrupts, project, folder / "data")
    finally:
        # A demo that failed is left for somebody to look at; one that was broken off is not.
        if not keep and code in (None, 0, interrupts.exit_code):
            shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        options.note(f"\nThe repository and its fleet's data are in {folder}")
    return code


def _new_folder() -> "Path":
    import tempfile
    from pathlib import Path

    try:
        return Path(tempfile.mkdtemp(prefix="mycoder-demo-"))
    except OSError as err:
        raise CliError(f"no folder for the demo can be made: {err.strerror}", _OTHER_DISK) from err


@contextmanager
def _on_a_disk_that_may_be_full(folder: "Path") -> "Iterator[None]":
    """Says so, whatever failed first: a file of ours, git or the broker."""
    import errno
    from subprocess import SubprocessError

    from mycoderai.gateway.fleet_disk import FULL, room_of
    from mycoderai.schemas.errors import MycoderError, NoRoom

    try:
        yield
    except (OSError, SubprocessError, MycoderError) as err:
        refused = isinstance(err, OSError) and err.errno in (errno.ENOSPC, errno.EDQUOT)
        if not (refused or isinstance(err, NoRoom)) and room_of(folder, None).free >= FULL:
            raise
        message = f"the disk of {folder.parent}, where the demo works, is full"
        raise CliError(message, _OTHER_DISK, cause=str(err)) from err


async def _work(options: Options, interrupts: "Interrupts", project: "Path", data: "Path") -> int:
    from dataclasses import replace

    import msgspec

    from mycoderai.gateway.cli.bring import diff_of, paint, pull_view
    from mycoderai.gateway.cli.run_order import follow_to_end, roles_for, start
    from mycoderai.gateway.cli.session import Session
    from mycoderai.gateway.cli.submit import Order
    from mycoderai.gateway.demo_project import TASK
    from mycoderai.schemas.settings import Origin

    settings = msgspec.structs.replace(
        options.settings, data_dir=str(data), nats_url="", credentials_dir="", model="offline/repair"
    )
    order = Order(task=TASK, repo=project, model=settings.model, minutes=settings.budget_minutes)
    flag = Origin(name="data_dir", value=str(data), source="flag")
    options = replace(options, settings=settings, origins=[flag])
    options.say(f"A small project with a bug: {project}")
    options.say(f"$ mycoder run {TASK!r} --repo {project}\n")
    async with Session(options, interrupts, roles=roles_for(order.role, settings), kind="run") as session:
        view = await start(options, interrupts, session, order)
        code = await follow_to_end(options, interrupts, session, view, str(project), hints=False)
        if code or view.finished is None:
            return code
        await pull_view(session, view, project)
        patch = await diff_of(session, view)
    options.say(
        f"\n$ mycoder pull {view.run}\n{view.finished.branch} is in the repository; the working tree is untouched."
    )
    options.say(f"\n$ git diff main {view.finished.branch}")
    options.say(paint(options, patch).rstrip())
    options.say('\nOn a project of your own:  mycoder run "make the failing tests pass" --repo PATH')
    return 0
