"""Writes the structs a browser meets as TypeScript: `python web/make_types.py`; --check only looks."""

import pkgutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import get_args

import msgspec
from msgspec import inspect

from mycoderai.gateway.api.endpoint import Endpoint
from mycoderai.gateway.api.table import described
from mycoderai.schemas import web
from mycoderai.schemas.events import AnyEvent
from mycoderai.schemas.memory import RunDetail, Runs, TurnLine
from mycoderai.schemas.web.commands import AnyCommand, Command

TARGET = Path(__file__).parent / "src" / "data" / "wire.ts"
HEAD = "// Made by web/make_types.py from the structs in schemas/. Do not edit.\n"
PLACE = """/** Where an event stands in the log of its run. */
export interface Place {
  seq: number;
  time: string;
  run: string;
  pool: string;
  step: string;
}
"""
_PLAIN: dict[type[inspect.Type], str] = {
    inspect.AnyType: "unknown",
    inspect.NoneType: "null",
    inspect.BoolType: "boolean",
    inspect.IntType: "number",
    inspect.FloatType: "number",
    inspect.StrType: "string",
}


class Writer:
    """Declarations in the order in which they are needed first."""

    def __init__(self) -> None:
        self.declared: dict[str, str] = {}
        self._owners: dict[str, type] = {}

    def name_of(self, kind: inspect.Type) -> str:
        match kind:
            case inspect.StructType():
                return self._declare(kind.cls, lambda: self._struct(kind))
            case inspect.EnumType():
                return self._declare(kind.cls, lambda: self._enum(kind))
            case inspect.LiteralType():
                return " | ".join(f'"{value}"' for value in kind.values)
            case inspect.UnionType():
                return " | ".join(self.name_of(member) for member in kind.types)
            case inspect.VarTupleType() | inspect.ListType():
                name = self.name_of(kind.item_type)
                return f"({name})[]" if " " in name else f"{name}[]"
            case inspect.DictType():
                return f"Record<string, {self.name_of(kind.value_type)}>"
        return _PLAIN[type(kind)]

    def _declare(self, cls: type, write: Callable[[], str]) -> str:
        name = cls.__name__
        if self._owners.setdefault(name, cls) is not cls:
            raise ValueError(f"two structs are called {name}: one of {cls.__module__}, {self._owners[name].__module__}")
        if name not in self.declared:
            self.declared[name] = ""  # a struct may hold itself
            self.declared[name] = write()
        return name

    def _struct(self, kind: inspect.StructType) -> str:
        lines = [f'  {kind.tag_field}: "{kind.tag}";'] if kind.tag_field else []
        config = kind.cls.__struct_config__
        optional = config.omit_defaults or config.forbid_unknown_fields  # what refuses unknown fields is a request
        for field in kind.fields:
            mark = "?" if optional and not field.required else ""
            lines.append(f"  {field.encode_name}{mark}: {self.name_of(field.type)};")
        body = "\n".join(lines)
        return f"export interface {kind.cls.__name__} {{\n{body}\n}}\n"

    def _enum(self, kind: inspect.EnumType) -> str:
        values = "\n".join(f'  | "{member.value}"' for member in kind.cls)
        return f"export type {kind.cls.__name__} =\n{values};\n"


def _api(writer: Writer, endpoints: list[Endpoint]) -> str:
    """What each endpoint takes and gives, by method and path."""
    lines = []
    for one in endpoints:
        replies = one.replies or (None,)
        named = {
            part: " | ".join(
                writer.name_of(inspect.type_info(type_)) if type_ is not None else "undefined" for type_ in types
            )
            for part, types in (("query", (one.query,)), ("body", (one.body,)), ("reply", replies))
        }
        fields = "; ".join(f"{part}: {name}" for part, name in named.items())
        lines.append(f'  "{one.method} {one.path}": {{ {fields} }};')
    return "\n".join(["/** The HTTP API under /api/v1. */", "export interface Api {", *lines, "}\n"])


def _web_structs() -> list[type[msgspec.Struct]]:
    """Those of schemas/web; `Command` is only what commands share."""
    modules = [import_module(f"{web.__name__}.{module.name}") for module in pkgutil.iter_modules(web.__path__)]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, msgspec.Struct)
        if value.__module__ == module.__name__ and value is not Command
    ]


def render() -> str:
    writer = Writer()
    for root in (Runs, RunDetail, TurnLine, *get_args(AnyEvent), *_web_structs()):
        writer.name_of(inspect.type_info(root))
    events = "\n".join(f"  | {event.__name__}" for event in get_args(AnyEvent))
    union = f"export type Event = Place &\n  (\n{events}\n  );\n".replace("  | ", "    | ")
    commands = "\n".join(f"  | {command.__name__}" for command in get_args(AnyCommand))
    api = _api(writer, described())
    return "\n".join([HEAD, *writer.declared.values(), PLACE, union, f"export type AnyCommand =\n{commands};\n", api])


def main() -> int:
    text = render()
    if "--check" in sys.argv:
        if TARGET.exists() and TARGET.read_text() == text:
            return 0
        print(f"{TARGET.name} is stale; run: make web", file=sys.stderr)
        return 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
