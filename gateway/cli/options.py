"""Options that every command takes, and what they amount to: settings, colours, JSON or text."""

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

import click
from click.shell_completion import CompletionItem

from mycoderai.gateway.cli.errors import OutputUnread
from mycoderai.schemas.settings import Origin, Settings, load

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Options:
    """What the common options of one call say."""

    settings: Settings
    origins: list[Origin]
    json: bool
    color: bool
    debug: bool

    def say(self, text: str = "") -> None:
        """A line for a person; nothing with --json."""
        if not self.json:
            click.echo(text, color=self.color)

    def note(self, text: str) -> None:
        """A remark that is not the answer: on stderr, so that stdout stays data."""
        click.echo(text, err=True, color=self.color and sys.stderr.isatty())

    def hint(self, command: str) -> str:
        """A command to type next, with the --data and --nats that this call was given."""
        flags = {"data_dir": "--data", "nats_url": "--nats"}
        given = [item for item in self.origins if item.name in flags and item.source == "flag"]
        return " ".join([f"mycoder {command}", *(f"{flags[item.name]} {shlex.quote(item.value)}" for item in given)])

    def emit(self, value: object) -> None:
        """One JSON object on one line."""
        import msgspec

        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
        sys.stdout.flush()

    def style(self, text: str, **style: Any) -> str:
        return click.style(text, **style) if self.color else text


def common(command: Command) -> Command:
    """Adds --data, --nats, --json, --color and --debug; the command gets them as one Options value, first."""

    def call(
        *args: Any, data: str | None, nats: str | None, as_json: bool, color: str, debug: bool, **rest: Any
    ) -> Any:
        flags = {"data_dir": data, "nats_url": nats}
        flags |= {name: rest.pop(f"set_{name}") for name in _settings_in(rest)}
        settings, origins = load(os.environ, flags)
        settings = _with_absolute_paths(settings)
        origins = [Origin(name=item.name, value=getattr(settings, item.name), source=item.source) for item in origins]
        options = Options(settings, origins, as_json, wants_color(color, sys.stdout), debug)
        try:
            return command(options, *args, **rest)
        except BrokenPipeError as err:
            raise OutputUnread from err  # click would make a plain failure of it

    call.__name__, call.__doc__ = command.__name__, command.__doc__
    call.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    decorators = (
        click.option("--debug", is_flag=True, help="Show tracebacks and log lines."),
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            help="When to use colours; NO_COLOR is respected.",
        ),
        click.option("--json", "as_json", is_flag=True, help="JSON on stdout, one object per line."),
        click.option("--nats", metavar="URL", help="Use this broker instead of an embedded one."),
        click.option("--data", metavar="DIR", help="Data directory of the fleet.", shell_complete=_complete_folder),
    )
    decorated: Any = call
    for decorator in decorators:
        decorated = decorator(decorated)
    return decorated  # type: ignore[no-any-return]


def _settings_in(rest: dict[str, Any]) -> list[str]:
    """Command options whose parameter is called `set_NAME` set the setting NAME."""
    return [name.removeprefix("set_") for name in rest if name.startswith("set_")]


def _with_absolute_paths(settings: Settings) -> Settings:
    """Workers run in another folder, so what is meant from here must be said in full."""
    import msgspec

    names = ("data_dir", "credentials_dir", "nats_server")
    given = {name: getattr(settings, name) for name in names if getattr(settings, name)}
    full = {name: str(Path(value).expanduser().absolute()) for name, value in given.items()}
    return msgspec.structs.replace(settings, **full)


def wants_color(choice: str, stream: TextIO) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb" and os.environ.get("CLICOLOR") != "0"


def complete_run(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Ids of the runs submitted from this data directory, newest first: a look at a folder, no broker."""
    data = ctx.params.get("data")
    try:
        folder = Path(data) if data else load(os.environ)[0].data
        ids = sorted((path.stem for path in (folder / "runs").glob("*.json")), reverse=True)
    except Exception:  # noqa: BLE001 - a completion must never print an error into somebody's prompt
        return []
    return [name for name in ("latest", *ids) if name.startswith(incomplete)][:50]


def _complete_folder(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="dir")]
