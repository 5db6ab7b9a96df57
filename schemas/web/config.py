"""The fleet's settings over HTTP."""

from typing import Any

import msgspec


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: Any
    """The effective value; secrets are `"(set)"`."""
    source: str
    """`default`, a file, a variable or `flag`."""
    default: Any = None
    about: str = ""
    """What it means, as docs/settings.md says it."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    settings: tuple[Setting, ...]
    files: tuple[str, ...] = ()
    """That settings are read from, weakest first."""
    version: str = ""
    models: tuple[str, ...] = ()
    """Names worth suggesting: the default, those with settings or prices, `offline/repair`."""
