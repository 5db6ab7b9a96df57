"""Which tool calls a person should see before they are made, and why.

A reading of the arguments, no wall: the sandbox confines what is run. What cannot be read for certain counts as a risk.
"""

import re
from collections.abc import Callable
from typing import Any

from mycoderai.schemas.events import ApprovalMode
from mycoderai.workers.core.risk.commands import read_shell
from mycoderai.workers.core.risk.paths import is_credential, is_run_by_others, place, starts_by_itself
from mycoderai.workers.core.risk.shell_words import Word
from mycoderai.workers.core.risk.tables import Risk

Arguments = dict[str, Any]

_CHANGES_NOTHING = frozenset({"search", "run_tests", "ask_human", "plan", "submit", "give_up"})
"""Tools that change no file and start nothing but the tests; what they lead to is decided elsewhere."""
_MEMORY_READS = frozenset({"search", "get", "list"})
_EDITS = frozenset({"create", "str_replace", "insert", "undo_edit"})
_PATCHED = re.compile(
    r"^(?:\*\*\* (?:Add File|Update File|Delete File|Move to):|\+\+\+|---|rename to) *(.+?)(?:\t.*)?$", re.MULTILINE
)


def read_risk(tool: str, arguments: Arguments) -> tuple[str, ...]:
    """What the call may do that a person should see first, the gravest first; empty: nothing. Never raises."""
    read = _READINGS.get(tool)
    if read is None:
        return () if tool in {*_CHANGES_NOTHING, "memory"} else (Risk.UNCERTAIN.value,)
    return tuple(risk.value for risk in read(arguments))


def needs_approval(mode: ApprovalMode, tool: str, arguments: Arguments) -> tuple[str, ...] | None:
    """The risks to show when the call has to wait for a person, which may be none; None: it need not wait."""
    if mode in ("auto", "plan"):
        return None
    risks = read_risk(tool, arguments)
    if mode == "all":
        return None if only_reads(tool, arguments) and not risks else risks
    return risks or None


def only_reads(tool: str, arguments: Arguments) -> bool:
    """Whether the call can change nothing. Of a shell command that is never certain."""
    if tool == "str_replace_editor":
        return arguments.get("command") == "view"
    if tool == "memory":
        return arguments.get("action") in _MEMORY_READS
    return tool in _CHANGES_NOTHING


def _bash(arguments: Arguments) -> tuple[Risk, ...]:
    command = arguments.get("command")
    return read_shell(command) if isinstance(command, str) else (Risk.UNCERTAIN,)


def _editor(arguments: Arguments) -> tuple[Risk, ...]:
    command, path = arguments.get("command"), arguments.get("path")
    if not isinstance(path, str) or command not in (*_EDITS, "view"):
        return (Risk.UNCERTAIN,)
    return _of_file(path, changed=command != "view")


def _patch(arguments: Arguments) -> tuple[Risk, ...]:
    patch = arguments.get("patch")
    found = _PATCHED.findall(patch) if isinstance(patch, str) else []
    if not found:
        return (Risk.UNCERTAIN,)
    risks = {risk for path in found for risk in _of_file(re.sub(r"^[ab]/", "", path.strip()), changed=True)}
    return tuple(risk for risk in Risk if risk in risks)


def _of_file(path: str, *, changed: bool) -> tuple[Risk, ...]:
    found = {
        Risk.OUTSIDE: changed and place(Word(text=path)) == "outside",
        Risk.CREDENTIALS: is_credential(path),
        Risk.CI: changed and is_run_by_others(path),
        Risk.PERSISTS: changed and starts_by_itself(path),
    }
    return tuple(risk for risk, holds in found.items() if holds and path != "/dev/null")


_READINGS: dict[str, Callable[[Arguments], tuple[Risk, ...]]] = {
    "bash": _bash,
    "str_replace_editor": _editor,
    "apply_patch": _patch,
}
