"""Tool calls written as text, for models without native ones, or that forget to use them. Pure.

Three forms are understood, wherever they stand in an answer:

    <function=NAME><parameter=P>value</parameter>…</function>       the form models are asked for
    <tool_call>{"name": …, "arguments": {…}}</tool_call>
    ```json {"name": …, "arguments": {…}} ```

Only calls of tools that were offered count, so that code an answer merely shows is not run; and only whole ones.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mycoderai.schemas.chat import ToolSpec

_FUNCTION = re.compile(r"<function=([\w.-]+)>(.*?)</function>", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([\w.-]+)>(.*?)</parameter>", re.DOTALL)
_TAGGED = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)
_FENCED = re.compile(
    r"^```(?:json|tool_call|tool_code)?[ \t]*\n\s*([\[{].*?[\]}])\s*^```[ \t]*$", re.DOTALL | re.MULTILINE
)
_WRAPPER = re.compile(r"</?tool_calls?>")


class TextCall(NamedTuple):
    name: str
    arguments: dict[str, Any]


class _Found(NamedTuple):
    start: int
    end: int
    calls: list[TextCall]


def parse(text: str, tools: Sequence[ToolSpec]) -> tuple[str, list[TextCall]]:
    """The text without its calls, and the calls in the order they stand."""
    known = {tool.name: tool for tool in tools}
    found = sorted((*_functions(text, known), *_json_calls(text, known)))
    rest, calls, end = [], list[TextCall](), 0
    for one in found:
        if one.start < end:
            continue  # inside another one: an argument may show a call
        rest.append(text[end : one.start])
        calls += one.calls
        end = one.end
    if not calls:
        return text, []
    return _WRAPPER.sub("", "".join((*rest, text[end:]))).strip(), calls


def render(name: str, arguments: Mapping[str, Any]) -> str:
    """A call in the form that models are asked for."""
    lines = [f"<parameter={key}>\n{_as_text(value)}\n</parameter>" for key, value in arguments.items()]
    return "\n".join((f"<function={name}>", *lines, "</function>"))


def describe(tools: Sequence[ToolSpec]) -> str:
    """What a model is told about its tools when it cannot be told natively."""
    described = "\n\n".join(_describe(tool) for tool in tools)
    return f"{_HOW}\n\n{described}"


_HOW = """You have the tools below. To use one, write exactly this, with its own name and parameters:

<function=NAME>
<parameter=PARAMETER>
value
</parameter>
</function>

You may write several calls in one answer. Values that are not text are written as JSON. Nothing happens until the
answer ends; each result then comes as a message."""


def _describe(tool: ToolSpec) -> str:
    required = tool.parameters.get("required", ())
    lines = [
        f"- {name} ({_type_of(schema)}{', required' if name in required else ''}){_about(schema)}"
        for name, schema in tool.parameters.get("properties", {}).items()
    ]
    return "\n".join((f"{tool.name}: {tool.description}", *lines))


def _about(schema: Mapping[str, Any]) -> str:
    choices = f" one of {', '.join(map(str, schema['enum']))}" if "enum" in schema else ""
    described = f" {schema['description']}" if "description" in schema else ""
    return f":{choices}{described}" if choices or described else ""


def _type_of(schema: Mapping[str, Any]) -> str:
    return str(schema.get("type", "string"))


def _functions(text: str, known: Mapping[str, ToolSpec]) -> Iterator[_Found]:
    for match in _FUNCTION.finditer(text):
        if tool := known.get(match[1]):
            properties = tool.parameters.get("properties", {})
            arguments = {key: _value(raw, properties.get(key, {})) for key, raw in _PARAMETER.findall(match[2])}
            yield _Found(match.start(), match.end(), [TextCall(tool.name, arguments)])


def _json_calls(text: str, known: Mapping[str, ToolSpec]) -> Iterator[_Found]:
    for pattern in (_TAGGED, _FENCED):
        for match in pattern.finditer(text):
            if calls := _read(match[1], known):
                yield _Found(match.start(), match.end(), calls)


def _read(raw: str, known: Mapping[str, ToolSpec]) -> list[TextCall]:
    """Empty unless all of it is calls of known tools."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return []
    items = value if isinstance(value, list) else [value]
    calls = [call for item in items if (call := _one(item, known))]
    return calls if len(calls) == len(items) else []


def _one(item: Any, known: Mapping[str, ToolSpec]) -> TextCall | None:
    if not isinstance(item, dict):
        return None
    arguments = item.get("arguments", item.get("parameters"))
    name = item.get("name")
    if not isinstance(name, str) or name not in known or not isinstance(arguments, dict):
        return None
    return TextCall(name, arguments)


def _value(raw: str, schema: Mapping[str, Any]) -> Any:
    # One line break on either side belongs to the form, more belong to the value.
    text = raw.removeprefix("\n").removesuffix("\n")
    if _type_of(schema) == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
