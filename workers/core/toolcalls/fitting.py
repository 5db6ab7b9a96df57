"""Fits a value to a JSON schema, as far as what was meant is certain. The part of JSON Schema that tools use."""

import difflib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from mycoderai.workers.core.toolcalls.loose_json import NotJson, read

MAX_QUOTED = 80
MAX_NUMBER = 1e15
Schema = Mapping[str, Any]


class Misfit(Exception):
    """The value is not what the schema asks for; the message says which and what it should be."""


def fit(value: Any, schema: Schema, name: str, notes: list[str]) -> Any:
    """The value as the schema has it; what was left out or changed on the way goes to `notes`. Raises Misfit."""
    fitted = _FITTERS.get(str(schema.get("type")), _anything)(value, schema, name, notes)
    _check_enum(fitted, schema, name)
    return fitted


def _text(value: Any, schema: Schema, name: str, _notes: list[str]) -> str:
    if isinstance(value, str):
        return _of_enum(value, schema.get("enum", ()))
    if _is_number(value):
        return json.dumps(value)
    raise _misfit(name, "text", value)


def _of_enum(value: str, choices: Any) -> str:
    """The one choice that is the same but for case and space around it."""
    same = [choice for choice in choices if str(choice).lower() == value.strip().lower()]
    return same[0] if len(same) == 1 else value


def _integer(value: Any, schema: Schema, name: str, _notes: list[str]) -> int:
    number = _as_number(value)
    if number is None or number != int(number):
        raise _misfit(name, "a whole number", value)
    _check_range(number, schema, name)
    return int(number)


def _number(value: Any, schema: Schema, name: str, _notes: list[str]) -> float:
    number = _as_number(value)
    if number is None:
        raise _misfit(name, "a number", value)
    _check_range(number, schema, name)
    return number


def _boolean(value: Any, _schema: Schema, name: str, _notes: list[str]) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    raise _misfit(name, "true or false", value)


def _array(value: Any, schema: Schema, name: str, notes: list[str]) -> list[Any]:
    items = _as_list(value, schema)
    if items is None:
        raise _misfit(name, "a list", value)
    least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
    if not least <= len(items) <= most:
        wanted = f"{least}" if least == most else f"at least {least}" if len(items) < least else f"at most {most}"
        raise Misfit(f"`{name}` needs {wanted} items, not {len(items)}.")
    inner = schema.get("items", {})
    return [fit(item, inner, f"{name}[{index}]", notes) for index, item in enumerate(items)]


def _as_list(value: Any, schema: Schema) -> list[Any] | None:
    """A list; one written as text; or the only item of one, where an item can be nothing else."""
    if isinstance(value, list):
        return value
    of = schema.get("items", {}).get("type")
    if isinstance(value, str):
        inner = _read_text(value, "[")
        if isinstance(inner, list):
            return inner
        if of == "string":
            return [value] if value.strip() else []
        return value.split(",") if of in ("integer", "number") and "," in value else None
    return [value] if of == "object" and isinstance(value, dict) else None


def _object(value: Any, schema: Schema, name: str, notes: list[str]) -> dict[str, Any]:
    inner = _read_text(value, "{") if isinstance(value, str) else value
    if not isinstance(inner, dict):
        raise _misfit(name, "an object", value)
    properties: Schema = schema.get("properties", {})
    prefix = f"{name}." if name else ""
    required = schema.get("required", ())
    given = {key: item for key, item in inner.items() if item is not None or key in required}
    for key in required:
        if given.get(key) is None:
            raise Misfit(_missing(prefix + key, inner, properties))
    unknown = [key for key in given if key not in properties]
    if unknown and schema.get("additionalProperties") is False:
        notes.append(f"Ignored what is no argument: {', '.join(_quoted(prefix + key) for key in unknown[:5])}.")
        given = {key: item for key, item in given.items() if key in properties}
    return {key: fit(item, properties.get(key, {}), prefix + key, notes) for key, item in given.items()}


def _missing(name: str, given: Mapping[str, Any], properties: Schema) -> str:
    sent = ", ".join(_quoted(key) for key in list(given)[:8]) or "nothing"
    like = [key for key in given if key not in properties and difflib.get_close_matches(name, [key], cutoff=0.6)]
    hint = f" Is {_quoted(like[0])} meant to be it?" if like else ""
    return f"`{name}` is missing; there was {sent}.{hint}"


def _anything(value: Any, _schema: Schema, _name: str, _notes: list[str]) -> Any:
    return value


_FITTERS: dict[str, Callable[[Any, Schema, str, list[str]], Any]] = {
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "array": _array,
    "object": _object,
}


def _check_enum(value: Any, schema: Schema, name: str) -> None:
    choices = schema.get("enum")
    if choices and value not in choices:
        near = difflib.get_close_matches(str(value)[:200], [str(choice) for choice in choices], n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise Misfit(f"`{name}` must be one of {', '.join(map(str, choices))}, not {_quoted(value)}.{hint}")


def _check_range(number: float, schema: Schema, name: str) -> None:
    if not schema.get("minimum", -math.inf) <= number <= schema.get("maximum", math.inf):
        bounds = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
        raise Misfit(f"`{name}` must be {' and '.join(bounds)}, not {_quoted(number)}.")


_BOUNDS = {"minimum": "at least", "maximum": "at most"}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -MAX_NUMBER < value < MAX_NUMBER


def _as_number(value: Any) -> int | float | None:
    if isinstance(value, str):
        return _number_in(value.strip())
    return value if _is_number(value) else None


def _number_in(text: str) -> int | float | None:
    if len(text) > 30:
        return None
    try:
        number = float(text) if re.search("[.eE]", text) else int(text)
    except ValueError:
        return None
    return number if _is_number(number) else None


def _read_text(text: str, opening: str) -> Any:
    """What a text holds that is a list or an object written once too often; None for any other text."""
    if not text.lstrip().startswith(opening):
        return None
    try:
        found = read(text)
    except NotJson:
        return None
    return None if found.unclosed else found.value


def _misfit(name: str, wanted: str, value: Any) -> Misfit:
    return Misfit(f"`{name}` must be {wanted}, not {_quoted(value)}." if name else f"They must be {wanted}.")


def _quoted(value: Any) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or lists in lists
        text = "that"
    return text if len(text) <= MAX_QUOTED else f"{text[:MAX_QUOTED]}…"
