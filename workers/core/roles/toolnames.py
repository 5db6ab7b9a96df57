"""Names of tools in role files: ours, and those of other coding agents for the same things."""

import re
from collections.abc import Iterable
from typing import NamedTuple

SUBMIT = "submit"
GIVE_UP = "give_up"
PLAN = "plan"
COMMON = ("bash", "str_replace_editor", "apply_patch", "search", "run_tests", "memory", "ask_human")
ENDINGS = (SUBMIT, GIVE_UP)
TOOLS = (*COMMON, PLAN, *ENDINGS)
"""Every tool, in the order in which they are offered."""

_READING = {
    "str_replace_editor": ("read", "view", "notebookread", "read_file", "view_file"),
    "search": ("search", "grep", "glob", "ls", "list_files", "find_files"),
    "run_tests": ("run_tests",),
    "memory": ("memory",),
    "ask_human": ("ask_human", "askuserquestion"),
    PLAN: (PLAN, "exitplanmode"),
    SUBMIT: (SUBMIT, "finish"),
    GIVE_UP: (GIVE_UP,),
}
_WRITING = {
    "bash": ("bash", "terminal", "execute_bash", "shell", "run_command"),
    "str_replace_editor": ("str_replace_editor", "file_editor", "edit", "write", "multiedit", "notebookedit"),
    "apply_patch": ("apply_patch",),
}
_OURS = {name: tool for table in (_READING, _WRITING) for tool, names in table.items() for name in names}
_WRITERS = frozenset(name for names in _WRITING.values() for name in names)
_LISTED = re.compile(r"[^,()]+(?:\([^)]*\))?")


class Named(NamedTuple):
    """What a list of tool names comes to."""

    tools: tuple[str, ...]
    writes: bool
    """Whether one of them can change files; a file that names `Read` alone asks for no more than reading."""
    notes: tuple[str, ...]


def listed(text: str) -> tuple[str, ...]:
    """The names in a comma-separated text; commas in brackets, as in `Bash(git diff, git log)`, do not count."""
    return tuple(name for part in _LISTED.findall(text) if (name := part.strip()))


def ours(names: Iterable[str]) -> Named:
    tools: list[str] = []
    notes: list[str] = []
    writes = False
    for name in names:
        plain, bracket, _ = name.partition("(")
        key = plain.strip().lower()
        tool = _OURS.get(key)
        if tool is None:
            notes.append(f"there is no tool {name[:60]!r}")
            continue
        if bracket:
            notes.append(f"what stands in brackets after {plain.strip()} is not looked at")
        tools.append(tool)
        writes = writes or key in _WRITERS
    return Named(tuple(tool for tool in TOOLS if tool in tools), writes, tuple(notes))
