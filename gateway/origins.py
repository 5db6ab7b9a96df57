"""Where the settings of a fleet come from. The command that starts a fleet hands them to its processes as variables,
and beside them, for who wants to know, where each had been set."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import Origin, load, roles_folder

VARIABLE = "MYCODER_ORIGINS"
DEFAULT = "default"


class Origins(msgspec.Struct, frozen=True, kw_only=True):
    sources: dict[str, str]
    """By setting: `default`, a file, a variable, `flag`."""
    files: tuple[str, ...]
    """That are read where they exist, weakest first."""


def hand_on(origins: Iterable[Origin]) -> None:
    """To the processes that this one starts or becomes."""
    sources = {origin.name: origin.source for origin in origins}
    told = Origins(sources=sources, files=(str(user_file()), str(Path.cwd() / "mycoder.toml")))
    os.environ[VARIABLE] = msgspec.json.encode(told).decode()


def origins(env: Mapping[str, str]) -> Origins:
    """As they were handed on; a process that was started by itself looks where it would have read them."""
    try:
        return msgspec.json.decode(env.get(VARIABLE, ""), type=Origins)
    except msgspec.DecodeError:
        pass
    try:
        sources = {origin.name: origin.source for origin in load(env)[1]}
    except ConfigError:  # a file that was good at the start is not any more
        sources = {}
    return Origins(sources=sources, files=(str(user_file(env)), str(Path.cwd() / "mycoder.toml")))


def user_file(env: Mapping[str, str] = os.environ) -> Path:
    return roles_folder(env).with_name("config.toml")
