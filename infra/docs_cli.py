"""docs/cli.md: every command with its options and examples, and what the exit codes mean."""

import re
import textwrap
from collections.abc import Iterator

import click
from docs_source import said, table

from mycoderai.gateway.cli.errors import ExitCode
from mycoderai.gateway.cli.group import mycoder

EXIT_CODES = {
    ExitCode.OK: "Done; for a command that waited for a run: it succeeded.",
    ExitCode.FAILED: "The run failed, or the command did.",
    ExitCode.USAGE: "The command, a setting or the repository is not what it has to be; nothing was started.",
    ExitCode.CANCELLED: "The run was cancelled.",
    ExitCode.AUTHENTICATION: "The broker or the model's provider refused the credentials, or there are none.",
    ExitCode.NEEDS_PERSON: "An answer is needed and there is no terminal to ask at.",
    ExitCode.LIMIT_REACHED: "The run met its limit of time, turns or money.",
    ExitCode.UNREACHABLE: "No broker answers.",
    ExitCode.PENDING: "The run has not ended yet.",
    ExitCode.UNREAD: "Whoever read the output has closed it.",
    ExitCode.INTERRUPTED: "Ctrl-C.",
    ExitCode.TERMINATED: "SIGTERM.",
}


def page() -> str:
    found = list(commands())
    shared = _shared_options([command for _, command in found])
    parts = ["# The command line\n", _help_text(mycoder), "", _index(found), "## Exit codes\n", _exit_codes()]
    if shared:
        parts += ["## Options of every command\n", _options(shared)]
    for name, command in found:
        parts.append(_section(name, command, {param.name for param in shared}))
    return "\n".join(parts)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command by its full name, in the order of `mycoder --help`."""
    yield from _under(mycoder, "mycoder")


def _under(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _under(command, f"{path} {name}")


def _shared_options(found: list[click.Command]) -> list[click.Parameter]:
    leaves = [command for command in found if not isinstance(command, click.Group)]
    names = set.intersection(*({param.name for param in command.params} for command in leaves))
    return [param for param in leaves[0].params if param.name in names]


def _index(found: list[tuple[str, click.Command]]) -> str:
    return table(
        ["Command", "What it does"],
        [[f"[`{name}`](#{name.replace(' ', '-')})", command.get_short_help_str(100)] for name, command in found],
    )


def _exit_codes() -> str:
    return table(
        ["Code", "Meaning"], [[str(int(code)), said(EXIT_CODES, code, "infra/docs_cli.py")] for code in ExitCode]
    )


def _section(name: str, command: click.Command, shared: set[str | None]) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    parts = [f"## {name}\n", f"```\n{usage}\n```\n", _help_text(command)]
    own = [param for param in command.params if param.name not in shared]
    if own:
        parts += ["", _options(own)]
    if command.epilog:
        parts += ([] if own else [""]) + [_epilog(command.epilog)]
    return "\n".join(parts).rstrip() + "\n"


def _help_text(command: click.Command) -> str:
    text = textwrap.dedent(command.help or "").strip()
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _options(params: list[click.Parameter]) -> str:
    return table(
        ["Option", "Default", "Meaning"],
        [[_names(param), _default(param), getattr(param, "help", None) or ""] for param in params],
    )


def _names(param: click.Parameter) -> str:
    context = click.Context(click.Command("docs"))
    metavar = "" if getattr(param, "is_flag", False) else param.make_metavar(context)
    if isinstance(param, click.Argument):
        return f"`{metavar}`"
    return " ".join(
        [
            ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts)),
            *([f"`{metavar}`"] if metavar else []),
        ]
    )


def _default(param: click.Parameter) -> str:
    if param.required:
        return "required"
    shown = getattr(param, "show_default", None)
    if isinstance(shown, str):
        return shown
    if getattr(param, "is_flag", False) and param.secondary_opts:
        return f"`{(param.opts if param.default else param.secondary_opts)[0]}`"
    value = param.to_info_dict().get("default")
    return f"`{value}`" if isinstance(value, str | int | float) and value not in ("", False) else ""


def _epilog(text: str) -> str:
    """Blocks kept as they are (`\\b`) become code under their first line; the others are sentences."""
    parts = []
    for block in re.split(r"\n\s*\n", text.strip()):
        literal, lines = block.startswith("\b"), block.removeprefix("\b").strip("\n").splitlines()
        if literal and len(lines) > 1 and lines[0].rstrip().endswith(":"):
            body = textwrap.dedent("\n".join(lines[1:]))
            parts.append(f"{lines[0].strip()}\n\n```sh\n{body.rstrip()}\n```")
        else:
            parts.append(" ".join(" ".join(lines).split()))
    return "\n\n".join(parts) + "\n"
