"""A role file: Markdown whose front matter says what the role may do, and whose text tells the model its job.

The shape is the one other coding agents use, so their files work here: names of fields and tools that differ are
taken for ours, and what is unknown is noted, not refused.
"""

from typing import Annotated, Any, Literal

import msgspec

from mycoderai.schemas.events import ApprovalMode
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.plan import Check
from mycoderai.workers.core import globs
from mycoderai.workers.core.roles import toolnames
from mycoderai.workers.core.roles.frontmatter import Field, FrontMatterError, read

Layer = Literal["package", "user", "repository"]
MAX_PROMPT_CHARS = 32 * 1024
MAX_GLOBS = 100
MAX_GLOB_CHARS = 200


class RoleFile(msgspec.Struct, frozen=True, kw_only=True):
    """What one file says about a role; None is nothing said."""

    source: str
    """The file, as a person knows it."""
    layer: Layer
    name: str
    description: str | None = None
    model: str | None = None
    tools: tuple[str, ...] | None = None
    disallowed_tools: tuple[str, ...] | None = None
    max_turns: Annotated[int, msgspec.Meta(ge=1)] | None = None
    max_minutes: Annotated[float, msgspec.Meta(gt=0)] | None = None
    max_budget_usd: Annotated[float, msgspec.Meta(ge=0)] | None = None
    writes: tuple[str, ...] | None = None
    hand_in: Check | None = None
    permission_mode: ApprovalMode | None = None
    prompt: str = ""
    notes: tuple[str, ...] = ()


_OTHER_NAMES = {
    "disallowedTools": "disallowed_tools",
    "maxTurns": "max_turns",
    "max_iteration_per_run": "max_turns",
    "max_budget": "max_budget_usd",
    "max_budget_per_run": "max_budget_usd",
    "permissionMode": "permission_mode",
}
_TYPES = {
    field.name: field.type
    for field in msgspec.structs.fields(RoleFile)
    if field.name not in ("source", "layer", "prompt", "notes")
}
_LISTS = ("tools", "disallowed_tools", "writes")
_MODES = {
    "default": None,
    "acceptEdits": "auto",
    "dontAsk": "auto",
    "bypassPermissions": "auto",
    "never_confirm": "auto",
    "confirm_risky": "risky",
    "always_confirm": "all",
}
_SOMEBODY_ELSES_MODELS = ("inherit", "sonnet", "opus", "haiku")
_EVERY_TOOL = (("*",), ("all",))


def parse_role(text: str, source: str, layer: Layer, name: str) -> RoleFile:
    """The role file `<name>.md`. Raises FrontMatterError with file and line."""
    fields, prompt = read(text, source)
    said, lines, notes = _known(fields)
    if said.setdefault("name", name) != name:
        raise FrontMatterError(source, lines["name"], f"the role is called {said['name']!r}, its file {name!r}")
    if not is_token(name):
        raise FrontMatterError(source, 1, f"{name!r} is no name for a role: use lower-case letters, digits, - and _")
    if len(prompt) > MAX_PROMPT_CHARS:
        raise FrontMatterError(source, 1, f"the text is longer than {MAX_PROMPT_CHARS} characters")
    values = {field: _value(field, value, source, lines.get(field, 1)) for field, value in said.items()}
    values = _with_our_tools(values, notes) | {"model": _model(values.get("model"), notes)}
    _check_globs(values.get("writes"), source, lines.get("writes", 1))
    return RoleFile(source=source, layer=layer, prompt=prompt, notes=tuple(notes), **values)


def _known(fields: dict[str, Field]) -> tuple[dict[str, Any], dict[str, int], list[str]]:
    """What is said, in which line, and what was not understood."""
    said: dict[str, Any] = {}
    lines: dict[str, int] = {}
    notes: list[str] = []
    for name, field in fields.items():
        known = _OTHER_NAMES.get(name, name)
        if known not in _TYPES:
            notes.append(f"line {field.line}: the field {name[:60]!r} is not known here")
        elif field.value is not None or field.nested:
            said[known] = field.value
            lines[known] = field.line
    return said, lines, notes


def _value(name: str, value: Any, source: str, line: int) -> Any:
    if value is None:
        raise FrontMatterError(source, line, f"{name} cannot be nested")
    if name in _LISTS and isinstance(value, str):
        value = toolnames.listed(value) if name != "writes" else _split(value)
    if name == "permission_mode" and value in _MODES:
        value = _MODES[value]
    try:
        return msgspec.convert(value, _TYPES[name], strict=False)
    except msgspec.ValidationError as err:
        raise FrontMatterError(source, line, f"{name}: {_plainly(err)}, not {value!r:.80}") from err


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _plainly(err: msgspec.ValidationError) -> str:
    return str(err).partition(", got ")[0].partition(" - at ")[0].replace(" | null", "").lower()


def _with_our_tools(values: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    tools, forbidden = values.get("tools"), values.get("disallowed_tools")
    changes: dict[str, Any] = {}
    if tools in _EVERY_TOOL:
        changes["tools"] = None
    elif tools is not None:
        named = toolnames.ours(tools)
        notes += named.notes
        changes["tools"] = named.tools
        if not named.writes and values.get("writes") is None:
            changes["writes"] = ()
    if forbidden is not None:
        named = toolnames.ours(forbidden)
        notes += named.notes
        changes["disallowed_tools"] = named.tools
    return values | changes


def _model(model: str | None, notes: list[str]) -> str | None:
    if model not in _SOMEBODY_ELSES_MODELS:
        return model
    if model != "inherit":
        notes.append(f"the model {model!r} names no provider; the run's model is used")
    return None


def _check_globs(writes: tuple[str, ...] | None, source: str, line: int) -> None:
    for glob in writes or ():
        plain = glob.removeprefix("!")
        strange = not plain.isprintable() or len(plain) > MAX_GLOB_CHARS
        if not plain or strange or plain.startswith("/") or ".." in plain.split("/"):
            raise FrontMatterError(source, line, f"writes: {glob[:80]!r} is no path or glob within the repository")
    if len(writes or ()) > MAX_GLOBS:
        raise FrontMatterError(source, line, f"writes: more than {MAX_GLOBS} globs")
    if writes and not globs.split(writes)[0]:
        raise FrontMatterError(source, line, 'writes: nothing is named, only taken out; begin with "**"')
