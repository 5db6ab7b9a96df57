"""docs/settings.md: every setting, its names, its default, its meaning."""

import inspect
import json

import click
import msgspec
from docs_cli import commands
from docs_source import doc, field_doc, table
from docs_types import fields_table, heading, type_text

from mycoderai.schemas import settings
from mycoderai.schemas.settings import PREFIX, ModelSettings, Settings

# The two settings that every command takes as an option, by the option's parameter name.
COMMON_OPTIONS = {"data": "data_dir", "nats": "nats_url"}


def page() -> str:
    flags = _flags()
    info = msgspec.inspect.type_info(Settings)
    assert isinstance(info, msgspec.inspect.StructType)  # noqa: S101
    rows = [
        [
            f"`{field.name}`",
            f"`{PREFIX}{field.name.upper()}`",
            flags.get(field.name, ""),
            type_text(field.type),
            f"`{json.dumps(_default(field))}`",
            field_doc(Settings, field.name),
        ]
        for field in info.fields
    ]
    return (
        f"# Settings\n\n{_intro()}\n\n"
        "In a variable a list is written with commas, and yes or no as `true` or `false`. "
        "An unknown name in a TOML file is an error, with its line. "
        "`mycoder config` shows every effective value and where it came from.\n\n"
        + table(["TOML key", "Variable", "Option", "Type", "Default", "Meaning"], rows)
        + f"\n## {heading(ModelSettings)}\n\n{doc(ModelSettings)}\n\n{fields_table(ModelSettings)}"
        + f"\n## A `mycoder.toml`\n\n```toml\n{_example()}```\n"
    )


def _default(field: msgspec.inspect.Field) -> object:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _intro() -> str:
    """The paragraph on precedence; the one before it is for those who read the code."""
    return " ".join(inspect.cleandoc(settings.__doc__ or "").split("\n\n")[-1].split())


def _flags() -> dict[str, str]:
    """Setting to the option that sets it."""
    flags: dict[str, str] = {}
    for _, command in commands():
        for param in command.params:
            name = param.name or ""
            setting = COMMON_OPTIONS.get(name) or (name.removeprefix("set_") if name.startswith("set_") else "")
            if setting and isinstance(param, click.Option):
                flags[setting] = f"`{max(param.opts, key=len)}`"
    return flags


def _example() -> str:
    values = {"durability": "process", "budget_minutes": 10.0, "slots": 2, "pools": ["docs"]}
    msgspec.convert(values, Settings)  # an example that does not hold is a bug
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
