"""Changing one setting in the user's file, and nothing else of it."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from mycoderai.gateway.fleet_data import write_private
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import Settings

EDITABLE = (
    "model",
    "text_tool_models",
    "fleet_usd_per_day",
    "budget_minutes",
    "slots",
    "steps_per_run",
    "model_memory_mb",
    "disk_reserve_mb",
    "log_level",
)
"""What may be changed from the page: nothing that names a program, a folder, a server or who may come in."""
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


def change_file(path: Path, name: str, value: Any) -> None:
    """value: None takes the setting out. Raises ConfigError when the file would not say so, or say more, afterwards."""
    path = path.resolve()
    before = path.read_text() if path.exists() else ""
    after = changed(before, name, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_private(path, after.encode())


def changed(text: str, name: str, value: Any) -> str:
    """The file's text with one line added, replaced or taken out; every other one stays. Raises ConfigError."""
    table = _parsed(text)
    wanted = {**table, name: value} if value is not None else {key: table[key] for key in table if key != name}
    _check(wanted)
    after = _with_line(text, name, "" if value is None else f"{name} = {_toml(value)}\n")
    if not _can_be_written(after):
        raise ConfigError(f"that is no text for {name}")
    if _parsed(after) != wanted:
        raise ConfigError(f"the file sets {name} over several lines", "change it in an editor")
    return after


def settings_in(path: Path) -> Settings:
    """What the file alone says. Raises ConfigError."""
    return _check(_parsed(path.read_text()) if path.exists() else {})


def _with_line(text: str, name: str, line: str) -> str:
    if text and not text.endswith("\n"):
        text += "\n"
    found = _TABLE.search(text)
    head, tables = (text[: found.start()], text[found.start() :]) if found else (text, "")
    there = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*=.*\n", re.MULTILINE)
    if there.search(head):
        return there.sub(lambda _: line, head, count=1) + tables
    return head + line + tables


def _can_be_written(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise ConfigError(f"the file is not valid TOML: {err}", "correct it in an editor") from err


def _check(table: dict[str, Any]) -> Settings:
    try:
        return msgspec.convert(table, Settings, strict=False)
    except msgspec.ValidationError as err:
        raise ConfigError(str(err).replace("$.", ""), "mycoder config show") from err


def _toml(value: Any) -> str:
    """Of what JSON can say, what a setting can be; the rest is found out by reading it again."""
    return json.dumps(value, ensure_ascii=False)
