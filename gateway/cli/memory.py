"""`mycoder memory`."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mycoderai.gateway.cli.options import Options, common

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts

_SCOPES = ("task", "agent", "project", "interaction", "global")
MAX_LIMIT = 100
Command = TypeVar("Command", bound=Callable[..., Any])


def placed(command: Command) -> Command:
    """Adds --scope and --owner."""
    owner = click.option(
        "--owner",
        metavar="NAME",
        default="",
        help="Whose: a project, person, run (scope task) or role (scope agent). Default: this folder's project; you.",
    )
    return owner(click.option("--scope", type=click.Choice(_SCOPES), help="Whom it is for. Default: project.")(command))


@click.group(
    epilog="""\b
Examples:
  mycoder memory put test-command "make check" --tag always
  mycoder memory search "rounding error" --json
  mycoder memory ls --quarantined
  mycoder memory approve tip
"""
)
def memory() -> None:
    """What agents and people keep for later work: notes with a key, for a project, a person or everybody."""


@memory.command(
    epilog="""\b
Examples:
  mycoder memory put test-command "make check" --tag always
  mycoder memory put style - < STYLE.md
  mycoder memory put budget "Ask Ada first." --scope global --expect 0
"""
)
@click.argument("key")
@click.argument("text")
@click.option("--tag", "tags", multiple=True, help="Repeat for several. Every step is given what is tagged `always`.")
@click.option("--expect", type=click.IntRange(0), help="Only if the item has this version; 0: only if there is none.")
@click.option("--days", type=click.FloatRange(0, min_open=True), help="Forget it after so many days.")
@placed
@common
def put(
    options: Options,
    *,
    key: str,
    text: str,
    tags: tuple[str, ...],
    expect: int | None,
    days: float | None,
    scope: str | None,
    owner: str,
) -> int:
    """Keep TEXT as KEY; `-` reads it from stdin."""
    from mycoderai.gateway.cli import memory_write as work

    kept = work.text_of(text)
    return _run(lambda interrupts: work.put(options, interrupts, (scope, owner), key, kept, tags, expect, days))


@memory.command(
    epilog="\b\nExamples:\n  mycoder memory get test-command\n  mycoder memory get tip --scope global --json"
)
@click.argument("key")
@click.option("--quarantined", is_flag=True, help="The one that waits for approval.")
@placed
@common
def get(options: Options, *, key: str, quarantined: bool, scope: str | None, owner: str) -> int:
    """Print the text of KEY."""
    from mycoderai.gateway.cli import memory_read as work

    return _run(lambda interrupts: work.get(options, interrupts, (scope, owner), key, quarantined))


@memory.command(
    epilog="""\b
Examples:
  mycoder memory search rounding discount
  mycoder memory search '"total price"' --scope project --json
"""
)
@click.argument("words", nargs=-1, required=True)
@click.option("--tag", default="", help="Only items with this tag.")
@click.option("--limit", type=click.IntRange(1, MAX_LIMIT), default=10, show_default=True)
@placed
@common
def search(options: Options, *, words: tuple[str, ...], tag: str, limit: int, scope: str | None, owner: str) -> int:
    """Find items by WORDS, the best first; without --scope in this folder's project, what is yours, and global."""
    from mycoderai.gateway.cli import memory_read as work

    return _run(lambda interrupts: work.search(options, interrupts, (scope, owner), " ".join(words), tag, limit))


@memory.command(
    epilog="\b\nExamples:\n  mycoder memory forget old-tip\n  mycoder memory forget tip --scope global --quarantined"
)
@click.argument("key")
@click.option("--expect", type=click.IntRange(0), help="Only if the item has this version.")
@click.option("--quarantined", is_flag=True, help="The one that waits for approval.")
@placed
@common
def forget(options: Options, *, key: str, expect: int | None, quarantined: bool, scope: str | None, owner: str) -> int:
    """Remove KEY."""
    from mycoderai.gateway.cli import memory_write as work

    return _run(lambda interrupts: work.forget(options, interrupts, (scope, owner), key, expect, quarantined))


@memory.command(epilog="\b\nExamples:\n  mycoder memory ls --quarantined\n  mycoder memory approve tip --expect 12")
@click.argument("key")
@click.option("--expect", type=click.IntRange(0), help="Only if it still has the version you have looked at.")
@common
def approve(options: Options, *, key: str, expect: int | None) -> int:
    """Put what an agent wrote for everybody into use."""
    from mycoderai.gateway.cli import memory_write as work

    return _run(lambda interrupts: work.approve(options, interrupts, key, expect))


@memory.command(epilog="\b\nExamples:\n  mycoder memory ls\n  mycoder memory ls --all --json | jq -r .key")
@click.option("--all", "all_", is_flag=True, help="Of every project, run and person.")
@click.option("--quarantined", is_flag=True, help="What waits for approval, wherever it is.")
@click.option("--tag", default="", help="Only items with this tag; `lesson` is what runs taught.")
@placed
@common
def ls(options: Options, *, all_: bool, quarantined: bool, tag: str, scope: str | None, owner: str) -> int:
    """List items; without --scope those of this folder's project, yours, and global ones."""
    from mycoderai.gateway.cli import memory_read as work

    everywhere = all_ or quarantined
    return _run(lambda interrupts: work.ls(options, interrupts, (scope, owner), tag, everywhere, quarantined))


def _run(work: "Callable[[Interrupts], Awaitable[int]]") -> int:
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(work)
