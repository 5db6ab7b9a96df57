"""JSON Schemas of our structs with what the source says about their fields, for OpenAPI and AsyncAPI."""

from collections.abc import Iterable
from typing import Any

import msgspec
from docs_source import doc, field_doc

REF = "#/components/schemas/{name}"


def components(types: Iterable[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A schema for each type, and the structs they refer to by name."""
    wanted = list(types)
    schemas, named = msgspec.json.schema_components(wanted, ref_template=REF)
    for struct in _structs(wanted):
        if struct.__name__ in named:
            _describe(struct, named[struct.__name__])
    return list(schemas), dict(sorted(named.items()))


def _describe(struct: type[Any], schema: dict[str, Any]) -> None:
    if text := doc(struct):
        schema["description"] = text
    for name, field in schema.get("properties", {}).items():
        if text := field_doc(struct, name):
            # Beside a $ref, other keys count since JSON Schema 2020-12, which OpenAPI 3.1 and AsyncAPI 3 use.
            field["description"] = text


def _structs(types: Iterable[Any]) -> Iterable[type[Any]]:
    seen: set[type[Any]] = set()
    waiting = [msgspec.inspect.type_info(type_) for type_ in types]
    while waiting:
        kind = waiting.pop()
        match kind:
            case msgspec.inspect.StructType() if kind.cls not in seen:
                seen.add(kind.cls)
                yield kind.cls
                waiting.extend(field.type for field in kind.fields)
            case msgspec.inspect.UnionType():
                waiting.extend(kind.types)
            case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
                waiting.append(kind.item_type)
            case msgspec.inspect.DictType():
                waiting.append(kind.value_type)
