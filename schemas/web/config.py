"""The fleet's settings over HTTP."""

from typing import Any

import msgspec


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: Any
    """The effective value; a secret in it is shown as `***`."""
    source: str
    """`default`, a file, a variable, `flag`, or `fleet` for what the fleet found out by itself."""
    default: Any = None
    about: str = ""
    """What it means, as docs/settings.md says it."""
    editable: bool = False
    """Whether `PUT /api/v1/config` writes it."""
    choices: tuple[str, ...] = ()
    """All that it may be, where those are words."""
    next: Any = None
    """What holds after a restart."""
    restart: bool = False
    """That is something else: the file was changed meanwhile."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    settings: tuple[Setting, ...]
    files: tuple[str, ...] = ()
    """That settings are read from where they exist, weakest first."""
    file: str = ""
    """The one that changes are written to."""
    problem: str = ""
    """Why that file cannot be read as it is now; the fleet would not start again with it."""
    version: str = ""
    models: tuple[str, ...] = ()
    """Names worth suggesting, as `GET /api/v1/models` answers them."""


class NewSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A setting to be written into the user's file."""

    name: str
    value: Any = None
    """None: the line is taken out, so that the default holds."""


class SettingWritten(msgspec.Struct, frozen=True, kw_only=True):
    setting: Setting
    file: str
    shadowed_by: str = ""
    """A stronger source that sets it too; while that does, the file's value does nothing."""
