"""All commands: finds the one wanted, imports it alone, turns what goes wrong into lines and an exit code."""

import os
import sys
from difflib import get_close_matches
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from mycoderai.gateway.cli.errors import ExitCode, OutputUnread, as_cli_error, show, show_bug, usage

_HERE = "mycoderai.gateway.cli"

# Name to module, one-line help and section, so that `mycoder --help` imports no command.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("run", "Hand a task and a repository to the fleet", "Work"),
    "demo": ("demo", "Watch a throw-away repository with a bug turn green", "Work"),
    "pull": ("bring", "Put a run's branch into the repository it came from", "Work"),
    "diff": ("bring", "Show what a run changed", "Work"),
    "ls": ("query", "List runs", "Look"),
    "show": ("query", "Show one run: steps, evidence, costs", "Look"),
    "logs": ("watch", "Print a run's log, or follow it", "Look"),
    "wait": ("watch", "Wait for a run to end; the exit code tells how", "Look"),
    "replay": ("replay", "Carry a run out again without a model, and compare", "Look"),
    "memory": ("memory", "Keep, find and approve notes for later work", "Look"),
    "inbox": ("inbox", "List what waits for a person, with the commands that answer", "Steer"),
    "approve": ("answer", "Say yes to what a run waits for, or answer its question", "Steer"),
    "deny": ("answer", "Say no, and what to do instead", "Steer"),
    "message": ("steer", "Tell a step something while it works", "Steer"),
    "pause": ("steer", "Halt a run", "Steer"),
    "resume": ("steer", "Let a paused run go on", "Steer"),
    "edit": ("edit", "Change the steps that have not started", "Steer"),
    "retry": ("again", "Try a failed step again", "Steer"),
    "fork": ("again", "Go on from a step of a run in a new one", "Steer"),
    "cancel": ("cancel", "Stop runs", "Steer"),
    "up": ("serve", "Start the fleet: broker, workers and web page", "Fleet"),
    "worker": ("serve", "Start one worker", "Fleet"),
    "gateway": ("serve", "Start the web page alone", "Fleet"),
    "broker": ("serve", "Start the broker alone", "Fleet"),
    "token": ("token", "Who may open the page: make, list and revoke tokens", "Fleet"),
    "fleet": ("fleet", "Who works, on what, and what waits; drain a worker", "Fleet"),
    "dead": ("dead", "What could not be handled: look, try again, drop", "Fleet"),
    "doctor": ("doctor", "Check this host and the fleet, with a fix for each finding", "Fleet"),
    "config": ("config", "Show the settings and where they come from", "Fleet"),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = import_module(f"{_HERE}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            close = get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
            cause = f"did you mean `{close[0]}`?" if close else ""
            fix = f"mycoder {close[0]} --help" if close else "mycoder --help"
            raise usage(f"there is no command {name!r}", fix, cause=cause)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in dict.fromkeys(section for _, _, section in COMMANDS.values()):
            rows = [(name, text) for name, (_, text, where) in COMMANDS.items() if where == section]
            with formatter.section(section):
                formatter.write_dl(rows, col_max=12)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        return [
            CompletionItem(name, help=text) for name, (_, text, _) in COMMANDS.items() if name.startswith(incomplete)
        ]


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
First steps:
  mycoder demo
  mycoder run "make the failing tests pass" --repo PATH
  mycoder doctor

\b
Shell completion (bash; zsh and fish alike):
  eval "$(_MYCODER_COMPLETE=bash_source mycoder)"
""",
)
@click.version_option(package_name="mycoderai", prog_name="mycoder", message="%(prog)s %(version)s")
def mycoder() -> None:
    """A self-hosted fleet of coding agents: it takes a task and a repository and hands back a tested branch."""


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        result = mycoder.main(arguments, prog_name="mycoder", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except OutputUnread:
        # Keep the interpreter from complaining about what it cannot flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.UNREAD
    except Exception as error:
        if "--debug" in arguments:
            raise
        return _report(error)
    return result if isinstance(result, int) else ExitCode.OK


def _report(error: Exception) -> int:
    known = as_cli_error(error)
    if known is None:
        show_bug(error)
        return ExitCode.FAILED
    if known.message:
        show(known, color=_colored())
    return known.code


def _colored() -> bool:
    from mycoderai.gateway.cli.options import wants_color

    return wants_color("auto", sys.stderr)
