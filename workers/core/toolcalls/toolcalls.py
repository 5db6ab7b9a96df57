"""A model's tool call as its tool can take it, or a sentence that tells the model what to do.

What a model meant is repaired only where it is certain. Whatever could be half of a command is sent back.
"""

import difflib
import re
import shlex
from collections.abc import Collection
from typing import Any

import msgspec

from mycoderai.schemas.chat import ToolCall, ToolSpec
from mycoderai.workers.core.toolcalls.fitting import Misfit, fit
from mycoderai.workers.core.toolcalls.loose_json import CutOff, NotJson, read

MAX_CHARS = 4 << 20
MAX_SENTENCE = 900
MAX_LAYERS = 5
_FENCED = re.compile(r"\s*```\w*\s*\n?(.*?)\s*```\s*", re.DOTALL)
_WRAPPERS = ("arguments", "parameters", "args", "input")
_BESIDE_WRAPPERS = frozenset({*_WRAPPERS, "name", "function", "tool", "id", "type"})
_CONTENT = ("string", "array", "object")
_LITERAL = re.compile(r"\s*\{\s*([\"'])\w+\1\s*:")


class Repaired(msgspec.Struct, frozen=True):
    """Arguments that are valid for the tool's schema, and what the model may be told about how they came to be."""

    arguments: dict[str, Any]
    notes: tuple[str, ...] = ()


def read_call(call: ToolCall, specs: Collection[ToolSpec]) -> dict[str, Any] | str:
    """The arguments, valid for the tool's schema; or a sentence for the model. Never raises."""
    found = repair(call, specs)
    return found if isinstance(found, str) else found.arguments


def repair(call: ToolCall, specs: Collection[ToolSpec]) -> Repaired | str:
    """As `read_call`, with what was dropped or changed. Never raises."""
    spec = next((spec for spec in specs if spec.name == call.name), None)
    if spec is None:
        return _bounded(_unknown(call.name, [spec.name for spec in specs]))
    notes: list[str] = []
    try:
        given, unclosed = _object_of(call.arguments, spec)
        if unclosed and (lost := _may_be_lost(given, spec)):
            raise CutOff(f"the closing bracket is missing, and so may be {', '.join(lost)}", len(call.arguments))
        arguments = fit(given, spec.parameters, "", notes)
    except CutOff as err:
        return _bounded(_CUT_OFF.format(spec.name, err.why))
    except NotJson as err:
        return _bounded(_NOT_JSON.format(spec.name, err.why, err.at, err.near))
    except RecursionError:
        return _bounded(_NOT_JSON.format(spec.name, "they are nested too deeply", 0, ""))
    except Misfit as err:
        return _bounded(f"{err} {_NOTHING_RUN} `{spec.name}` takes {_signature(spec)}.")
    return Repaired(arguments, tuple(_bounded(note) for note in notes))


def command_in_literal(command: str) -> str:
    """Advice when a shell command is an object or a list in JSON or Python, which no shell runs; else nothing."""
    if _LITERAL.match(command):
        meant = _literal(command)
        inner = meant.get("command", meant.get("cmd")) if isinstance(meant, dict) else None
        hint = f" Send this as `command`: {_cut(inner)}" if isinstance(inner, str) else ""
        return f"`command` is an object, not a shell command. Nothing was run.{hint}"
    words = _literal(command) if command.lstrip().startswith("[") else None
    if isinstance(words, list) and words and all(isinstance(word, str) for word in words):
        return f"`command` is a list, not a shell command. Nothing was run. Send this: {_cut(shlex.join(words))}"
    return ""


def _object_of(text: str, spec: ToolSpec) -> tuple[Any, bool]:
    """What the text holds, out of what it is wrapped in; and whether closing brackets were missing."""
    if len(text) > MAX_CHARS:
        raise CutOff("they are too long to be read", MAX_CHARS)
    value, unclosed = _decoded(text)
    for _ in range(MAX_LAYERS):
        if isinstance(value, str) and value.lstrip().startswith(("{", '"', "```")):
            inner, more = _decoded(value)
            unclosed = unclosed or more
        else:
            inner = _unwrapped(value, spec)
        if inner is value:
            break
        value = inner
    return value, unclosed


def _decoded(text: str) -> tuple[Any, bool]:
    if fenced := _FENCED.fullmatch(text):
        text = fenced[1]
    if not text.strip():
        return {}, False
    try:
        return msgspec.json.decode(text), False
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return read(text)


def _unwrapped(value: Any, spec: ToolSpec) -> Any:
    """One layer less, where there is one: a list of one, the only argument, the whole call instead of its arguments."""
    if value is None:
        return {}
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return value[0]
    properties = spec.parameters.get("properties", {})
    if isinstance(value, str):
        needed = spec.parameters.get("required", ())
        alone = len(needed) == 1 and properties.get(needed[0], {}).get("type") == "string"
        return {needed[0]: value} if alone and value.strip() else value
    if isinstance(value, dict) and value.keys() <= _BESIDE_WRAPPERS and not value.keys() & properties.keys():
        wrapped = [value[key] for key in _WRAPPERS if isinstance(value.get(key), dict | str)]
        return wrapped[0] if len(wrapped) == 1 else value
    return value


def _may_be_lost(given: Any, spec: ToolSpec) -> list[str]:
    """Arguments that carry content and are not there, so that a missing bracket may be the end of more."""
    properties = spec.parameters.get("properties", {})
    return [name for name, schema in properties.items() if name not in given and schema.get("type") in _CONTENT]


def _unknown(name: str, known: list[str]) -> str:
    plain = re.split(r"[.:/]", name[:200].strip().lower().replace("-", "_"))[-1]
    near = difflib.get_close_matches(plain, known, n=3, cutoff=0.6)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no tool {_cut(name, 60)!r}.{hint} Tools: {', '.join(known)}."


def _signature(spec: ToolSpec) -> str:
    needed = spec.parameters.get("required", ())
    names = [f"{name} (needed)" if name in needed else name for name in spec.parameters.get("properties", {})]
    return ", ".join(names) or "no arguments"


def _literal(text: str) -> Any:
    try:
        return read(text).value
    except NotJson:
        return None


def _cut(text: str, length: int = 300) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def _bounded(sentence: str) -> str:
    return _cut(sentence, MAX_SENTENCE)


_NOTHING_RUN = "Nothing was run."
_CUT_OFF = (
    "The arguments of `{}` are cut off: {}. Nothing was run. Send the call again, whole; when it is long, split it "
    "into several shorter ones."
)
_NOT_JSON = (
    "The arguments of `{}` are no JSON object: {} (character {}, near {!r}). Nothing was run. Send the whole call "
    'again; inside strings a line break is \\n and a quote is \\".'
)
