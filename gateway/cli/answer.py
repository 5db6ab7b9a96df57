"""`mycoder approve` and `mycoder deny`."""

import click

from mycoderai.gateway.cli.complete import complete_question
from mycoderai.gateway.cli.options import Options, common, complete_run

_question = click.argument("question", default="", metavar="[QUESTION]", shell_complete=complete_question)


@click.command(
    epilog="""\b
Examples:
  mycoder approve latest
  mycoder approve 01kaz plan-2
  mycoder approve 01kaz --message "use the port in config.toml"
  mycoder approve 01kaz main-1-4-0 --edit '{"command": "rm -r build"}'

\b
Exit codes: 0 accepted · 1 refused, with the reason · 2 several are open: name one
"""
)
@click.argument("run", shell_complete=complete_run)
@_question
@click.option("-m", "--message", default="", metavar="TEXT", help="The answer, or a word along with the yes.")
@click.option("--edit", default="", metavar="JSON", help="Make the tool call with these arguments instead.")
@common
def approve(options: Options, *, run: str, question: str, message: str, edit: str) -> int:
    """Say yes to what RUN waits for, or answer its question; QUESTION is needed when several are open."""
    from mycoderai.gateway.cli.answering import approve
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: approve(options, interrupts, run, question, message, edit))


@click.command(
    epilog="""\b
Examples:
  mycoder deny latest --message "do not touch the database; use the fixture"
  mycoder deny 01kaz main-1-4-0

\b
Exit codes: 0 accepted · 1 refused, with the reason · 2 several are open: name one
"""
)
@click.argument("run", shell_complete=complete_run)
@_question
@click.option("-m", "--message", default="", metavar="TEXT", help="What to do instead.")
@common
def deny(options: Options, *, run: str, question: str, message: str) -> int:
    """Say no to what RUN waits for; with a message, what to do instead."""
    from mycoderai.gateway.cli.answering import deny
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: deny(options, interrupts, run, question, message))
