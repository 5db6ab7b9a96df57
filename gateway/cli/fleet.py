"""`mycoder fleet`."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.options import Options, common

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts


class _Listing(click.Group):
    """`mycoder fleet` is `mycoder fleet ls`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        wants_help = args[:1] in (["--help"], ["-h"])
        if not wants_help and (not args or args[0].startswith("-")):
            args = ["ls", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_Listing,
    epilog="""\b
Examples:
  mycoder fleet
  mycoder fleet --json | jq -r 'select(.kind == "worker") | .worker'
  mycoder fleet drain host:4711
""",
)
def fleet() -> None:
    """Who works, on what, and what waits; have a worker take no more steps. Without a command: ls."""


@fleet.command(epilog="\b\nExamples:\n  mycoder fleet ls\n  mycoder fleet ls --json")
@common
def ls(options: Options) -> int:
    """List pools and workers, and say what is missing."""
    from mycoderai.gateway.cli import fleet_work as work

    return _run(lambda interrupts: work.ls(options, interrupts))


@fleet.command(epilog="\b\nExamples:\n  mycoder fleet drain host:4711\n  mycoder fleet drain host:4711 --undo")
@click.argument("workers", nargs=-1, required=True, metavar="WORKER...")
@click.option("--undo", is_flag=True, help="Take steps again.")
@common
def drain(options: Options, *, workers: tuple[str, ...], undo: bool) -> int:
    """Have WORKER take no more steps; it finishes those it has.

    It holds for the process: one that is started in its place takes steps again.
    """
    from mycoderai.gateway.cli import fleet_work as work

    return _run(lambda interrupts: work.drain(options, interrupts, workers, draining=not undo))


def _run(work: "Callable[[Interrupts], Awaitable[int]]") -> int:
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(work)
