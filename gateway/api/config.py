"""The settings: what holds, where it comes from, what may be changed."""

import os
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from mycoderai.gateway.about import fields_of_module
from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.models import suggested_models
from mycoderai.gateway.origins import DEFAULT, Origins, origins
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.settings_file import EDITABLE, change_file, settings_in
from mycoderai.schemas import settings as declared
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.config import Config, NewSetting, Setting, SettingWritten

_LOGIN = re.compile(r"(?<=//)[^/\s]+(?=@)|(?<=[?&]password=)[^&\s]+")
HIDDEN = "***"


class ConfigApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/config", handler=self.get_config, reply=Config,
                summary="Every setting, where it comes from and what it means",
            ),
            Endpoint(
                method="PUT", path="/config", handler=self.change_setting, role="admin", body=NewSetting,
                reply=SettingWritten, problems=(409,),
                summary="Write a setting into the user's file; it holds from the next start on",
            ),
        ]  # fmt: skip

    async def get_config(self, call: Call) -> Config:
        known = origins(os.environ)
        settings, problem = self._shown(known)
        return Config(
            settings=settings,
            files=known.files,
            file=known.files[0],
            problem=problem,
            version=version("mycoderai"),
            models=await suggested_models(self._memory, self._settings),
        )

    async def change_setting(self, call: Call) -> SettingWritten:
        new: NewSetting = call.body
        call.details.update(target=new.name, detail=str(new.value)[:200])
        if new.name not in EDITABLE:
            raise Problem(409, "not_editable", f"{new.name[:80]!r} is not changed from here", "change it in the file")
        known = origins(os.environ)
        try:
            change_file(Path(known.files[0]), new.name, new.value)
        except ConfigError as err:
            raise Problem(400, "bad_setting", err.message, err.fix) from err
        except OSError as err:
            raise Problem(409, "not_writable", f"{known.files[0]} cannot be written: {err.strerror}") from err
        setting = next(one for one in self._shown(known)[0] if one.name == new.name)
        shadow = "" if _is_weak(known, new.name) else setting.source
        return SettingWritten(setting=setting, file=known.files[0], shadowed_by=shadow)

    def _shown(self, known: Origins) -> tuple[tuple[Setting, ...], str]:
        """And why the user's file can't be read as it is now."""
        try:
            in_file, problem = settings_in(Path(known.files[0])), ""
        except (ConfigError, OSError, UnicodeDecodeError) as err:
            in_file, problem = None, str(err)
        return tuple(_settings(self._settings, known, in_file)), problem


def _settings(running: Settings, known: Origins, in_file: Settings | None) -> Iterator[Setting]:
    about = fields_of_module(declared)
    for field in inspect.type_info(Settings).fields:  # type: ignore[attr-defined]
        name, default = field.name, getattr(Settings(), field.name)
        value, source = getattr(running, name), known.sources.get(name, DEFAULT)
        later = getattr(in_file, name) if in_file and name in EDITABLE and _is_weak(known, name) else value
        yield Setting(
            name=name,
            value=masked(value),
            source="fleet" if source == DEFAULT and value != default else source,
            default=default,
            about=about.get(("Settings", name), ""),
            editable=name in EDITABLE,
            choices=tuple(map(str, field.type.values)) if isinstance(field.type, inspect.LiteralType) else (),
            next=masked(later),
            restart=later != value,
        )


def _is_weak(known: Origins, name: str) -> bool:
    """Nothing stronger than the user's file sets it."""
    return known.sources.get(name, DEFAULT) in (DEFAULT, known.files[0])


def masked(value: Any) -> Any:
    """Without the logins that addresses may hold."""
    match value:
        case str():
            return _LOGIN.sub(HIDDEN, value)
        case tuple() | list():
            return [masked(one) for one in value]
        case dict():
            return {key: masked(one) for key, one in value.items()}
    return msgspec.to_builtins(value)
