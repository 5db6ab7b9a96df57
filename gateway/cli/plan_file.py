"""The part of a plan that has not started, as a file a person edits: TOML to write, TOML or JSON to read."""

import json
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.text import clean
from mycoderai.schemas.plan import StepSpec

_FIELDS = StepSpec.__struct_fields__
_ALWAYS = ("id", "role", "goal", "needs")


@dataclass(frozen=True, slots=True)
class PlanFile:
    revision: int | None
    """The one that was edited; None: the file does not say."""
    steps: tuple[StepSpec, ...]
    keep: tuple[str, ...] | None = None
    """Of the steps that have started and are not done, those that stay; None: all do."""


def written(
    run: str, revision: int, steps: Sequence[StepSpec], done: Collection[str], keep: Collection[str] = ()
) -> str:
    """The file for an editor. `keep`: the steps that have started and are not done."""
    head = [
        f"# The plan of run {run}. Change, add, remove or move steps; save and leave the editor.",
        f"# Done already, and not to be changed: {', '.join(done) or 'none'}. Others may need them.",
        f"revision = {revision}",
    ]
    if keep:
        head += ["", "# Started already. One that is taken out of this list is stopped, and its work is dropped."]
        head += [f"keep = {_value(tuple(keep))}"]
    return "\n".join([*head, *(line for step in steps for line in _table(step))]) + "\n"


def read(text: str) -> PlanFile:
    """What the file says. Raises a usage error that names the step and the field."""
    given = _parsed(text)
    if unknown := given.keys() - {"revision", "keep", "steps", "step", "kind", "run", "waits", "revisions"}:
        raise _wrong(f"there is no field {_first(unknown)} in a plan", "known: revision, keep, step")
    steps = given.get("steps", given.get("step", []))
    revision = given.get("revision")
    if not isinstance(steps, list):
        raise _wrong("the steps are not a list", "write each as a [[step]] table")
    if revision is not None and type(revision) is not int:
        raise _wrong("revision is not a whole number")
    return PlanFile(revision, tuple(_step(number, item) for number, item in enumerate(steps, 1)), _kept(given))


def _kept(given: dict[str, Any]) -> tuple[str, ...] | None:
    try:
        return msgspec.convert(given.get("keep"), tuple[str, ...] | None)
    except msgspec.ValidationError as err:
        raise _wrong("keep is not a list of names of steps") from err


def _table(step: StepSpec) -> list[str]:
    plain = msgspec.to_builtins(step)
    default = msgspec.to_builtins(StepSpec(id="", role="", goal=""))
    shown = [name for name in _FIELDS if name in _ALWAYS or plain[name] != default[name]]
    return ["", "[[step]]", *(f"{name} = {_value(plain[name])}" for name in shown)]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and "\n" in value and not set(value) & {"\\", "\r"} and '"""' not in value:
        lines = value.split("\n")
        if all(line.isprintable() for line in lines) and not value.endswith('"'):
            return '"""\n' + value + '"""'
    # A JSON string is a TOML string, but for the one control character that JSON does not escape.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _parsed(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text) if text.lstrip().startswith(("{", "[")) and not _is_toml(text) else tomllib.loads(text)
    except ValueError as err:  # both parsers' errors are
        raise _wrong(str(err)) from err
    return {"steps": given} if isinstance(given, list) else given


def _is_toml(text: str) -> bool:
    return text.lstrip().startswith("[[step")


def _step(number: int, given: Any) -> StepSpec:
    if not isinstance(given, dict):
        raise _wrong(f"step {number} is not a table of fields")
    given = {name: value for name, value in given.items() if name != "state"}
    name = f"step {number} ({clean(str(given.get('id', 'without id')), 64)})"
    if unknown := given.keys() - set(_FIELDS):
        raise _wrong(f"{name} has an unknown field {_first(unknown)}", f"known: {', '.join(_FIELDS)}")
    try:
        return msgspec.convert(given, StepSpec)
    except msgspec.ValidationError as err:
        raise _wrong(f"{name}: {err}") from err


def _wrong(message: str, cause: str = "") -> Exception:
    return usage(f"the plan cannot be read: {message}", "mycoder show RUN --plan", cause=cause)


def _first(names: Collection[str]) -> str:
    return repr(clean(min(names), 40))
