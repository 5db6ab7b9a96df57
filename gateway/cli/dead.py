"""`mycoder dead`."""

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.gateway.dead_letters import Filter

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_AGE = re.compile(r"(\d{1,6})([smhd])")
Command = TypeVar("Command", bound=Callable[..., Any])

_seqs = click.argument("letters", nargs=-1, type=click.IntRange(1), metavar="[LETTER]...")
_yes = click.option("--yes", is_flag=True, help="Do it. Without this, nothing is changed: you see what would be done.")
_all = click.option("--all", "all_", is_flag=True, help="Every letter there is.")


def filtered(command: Command) -> Command:
    """Adds --pool, --run, --reason and --older."""
    for option in (
        click.option("--older", default="", metavar="AGE", help="Only letters older than 30s, 10m, 2h, 7d, …"),
        click.option("--reason", default="", metavar="TEXT", help="Only letters with this in their reason."),
        click.option("--run", default="", metavar="RUN", help="Only of this run.", shell_complete=complete_run),
        click.option("--pool", default="", metavar="POOL", help="Only of this pool, or of `orchestrator`, `memory`."),
    ):
        command = option(command)
    return command


@click.group(
    epilog="""\b
Examples:
  mycoder dead ls --json
  mycoder dead show 17
  mycoder dead replay 17 --yes
  mycoder dead drop --pool memory --older 7d --yes
"""
)
def dead() -> None:
    """What could not be handled, with the reason: look at it, let it be tried again, throw it away."""


@dead.command(
    epilog="\b\nExamples:\n  mycoder dead ls --pool coder\n  mycoder dead ls --json | jq -r .reason | sort | uniq -c"
)
@filtered
@common
def ls(options: Options, *, pool: str, run: str, reason: str, older: str) -> int:
    """List dead letters, oldest first."""
    from mycoderai.gateway.cli import dead_letters as work

    wanted = _filter(pool, run, reason, older)
    return _run(lambda interrupts: work.ls(options, interrupts, wanted))


@dead.command(epilog="\b\nExamples:\n  mycoder dead show 17\n  mycoder dead show 17 --json | jq -r .payload")
@click.argument("letter", type=click.IntRange(1))
@common
def show(options: Options, *, letter: int) -> int:
    """Show LETTER: the reason, where the message came from, and what it says."""
    from mycoderai.gateway.cli import dead_letters as work

    return _run(lambda interrupts: work.show(options, interrupts, letter))


@dead.command(
    epilog="""\b
Examples:
  mycoder dead replay 17            (what would be done)
  mycoder dead replay 17 --yes
  mycoder dead replay --pool coder --reason "was lost" --yes

\b
Exit codes: 0 all can be tried again · 1 some cannot, with the reason
"""
)
@_seqs
@filtered
@_all
@_yes
@common
def replay(
    options: Options,
    *,
    letters: tuple[int, ...],
    pool: str,
    run: str,
    reason: str,
    older: str,
    all_: bool,
    yes: bool,
) -> int:
    """Try again what letters are about, and put them away once that is stored.

    A failed step of an unfinished run gets another round. A run that has failed goes on in a new one at the step that
    failed. A submission nobody could read is looked at once more. A message is never sent a second time.
    """
    from mycoderai.gateway.cli import dead_replay as work

    wanted = _chosen(letters, _filter(pool, run, reason, older), all_, "replay")
    return _run(lambda interrupts: work.replay(options, interrupts, wanted, do=yes))


@dead.command(epilog="\b\nExamples:\n  mycoder dead drop 17 18 --yes\n  mycoder dead drop --older 30d")
@_seqs
@filtered
@_all
@_yes
@common
def drop(
    options: Options,
    *,
    letters: tuple[int, ...],
    pool: str,
    run: str,
    reason: str,
    older: str,
    all_: bool,
    yes: bool,
) -> int:
    """Delete letters. The runs they are about, and their logs, stay as they are."""
    from mycoderai.gateway.cli import dead_letters as work

    wanted = _chosen(letters, _filter(pool, run, reason, older), all_, "drop")
    return _run(lambda interrupts: work.drop(options, interrupts, wanted, do=yes))


def _filter(pool: str, run: str, reason: str, older: str) -> "Filter":
    from mycoderai.gateway.dead_letters import Filter

    return Filter(pool=pool, run=run.lower(), reason=reason.lower(), older_s=_seconds(older))


def _seconds(age: str) -> float:
    if not age:
        return 0.0
    if found := _AGE.fullmatch(age):
        return float(int(found[1]) * _UNITS[found[2]])
    raise usage(f"--older {age!r} is no age", "give a number and s, m, h or d, as in --older 2h")


def _chosen(letters: tuple[int, ...], wanted: "Filter", all_: bool, verb: str) -> "Filter":
    import msgspec

    if not letters and not all_ and wanted.is_empty:
        raise usage("no letter is named", f"mycoder dead {verb} LETTER…, or a filter, or --all")
    return msgspec.structs.replace(wanted, seqs=frozenset(letters))


def _run(work: "Callable[[Interrupts], Awaitable[int]]") -> int:
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(work)
