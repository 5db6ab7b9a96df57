"""`mycoder replay`."""

from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts


@click.command(
    epilog="""\b
Examples:
  mycoder replay latest
  mycoder replay 01kaz --json | jq -e .identical

\b
Exit codes: 0 the logs are identical · 1 they differ · 2 RUN cannot be replayed · 130 interrupted
"""
)
@click.argument("run", shell_complete=complete_run)
@common
def replay(options: Options, *, run: str) -> int:
    """Carry RUN out again with the answers its model gave then, and compare the logs.

    No model is asked and nothing is paid. Tools run again in fresh sandboxes; the first turn whose exit code or files
    come out differently ends the replay. What people answered is answered again.
    """
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _replay(options, interrupts, run))


async def _replay(options: Options, interrupts: "Interrupts", text: str) -> int:
    from mycoderai.gateway.cli.compared import show_comparison
    from mycoderai.gateway.cli.replaying import recorded_run, repeat

    origin = await recorded_run(options, interrupts, text)
    new, comparison = await repeat(options, interrupts, origin)
    return show_comparison(options, origin.run, new, comparison)
