"""`mycoder config`."""

from typing import Any

import click

from mycoderai.gateway.cli.options import Options, common


@click.group()
def config() -> None:
    """Show the settings and where they come from."""


@config.command(
    epilog="""\b
Examples:
  mycoder config show --origin
  MYCODER_MODEL=openai/gpt-5 mycoder config show --json
"""
)
@click.option("--origin", is_flag=True, help="Name the source of each value.")
@common
def show(options: Options, *, origin: bool) -> int:
    """Show every setting's effective value."""
    if options.json:
        for item in options.origins:
            options.emit({"name": item.name, "value": item.value, "source": item.source})
        return 0
    for item in options.origins:
        source = options.style(f"  # {item.source}", dim=True) if origin else ""
        options.say(f"{item.name:<16} {_toml(item.value)}{source}")
    return 0


@config.command()
@common
def path(options: Options) -> int:
    """Show the files that settings are read from, weakest first."""
    from pathlib import Path

    from mycoderai.gateway.origins import user_file

    for file in (user_file(), Path.cwd() / "mycoder.toml"):
        if options.json:
            options.emit({"path": str(file), "exists": file.exists()})
        else:
            options.say(f"{file}{'' if file.exists() else '  (not there)'}")
    return 0


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)
