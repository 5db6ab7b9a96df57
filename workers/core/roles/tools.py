"""The tools as models see them. Names and arguments follow the forms other coding agents use."""

from collections.abc import Collection
from typing import Any

from mycoderai.schemas.chat import ToolSpec
from mycoderai.workers.core.roles import toolnames


def _object(required: tuple[str, ...], properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _tool(name: str, description: str, required: tuple[str, ...] = (), **properties: Any) -> ToolSpec:
    return ToolSpec(name=name, description=description, parameters=_object(required, properties))


def _strings(description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": description}


BASH = _tool(
    "bash",
    "Run a shell command in the workspace. Each call is a fresh shell; there is no network. Returns the exit code "
    "and what was printed, head and tail.",
    required=("command",),
    command={"type": "string"},
    timeout_s={"type": "number", "description": "Wall-clock limit of this command."},
)
EDITOR = _tool(
    "str_replace_editor",
    "View and edit files. `view` shows a file with line numbers, or a folder two levels deep. `create` writes a new "
    "file. `str_replace` replaces `old_str`, which must occur exactly once, by `new_str`, or deletes it without one. "
    "`insert` puts `new_str` after line `insert_line`. `undo_edit` takes back the last edit of the file.",
    required=("command", "path"),
    command={"type": "string", "enum": ["view", "create", "str_replace", "insert", "undo_edit"]},
    path={"type": "string", "description": "Relative to the workspace, or absolute inside it."},
    file_text={"type": "string", "description": "For `create`: the whole content."},
    old_str={"type": "string", "description": "For `str_replace`: lines copied exactly, without line numbers."},
    new_str={"type": "string", "description": "For `str_replace` and `insert`."},
    insert_line={"type": "integer", "minimum": 0, "description": "For `insert`; 0 is the beginning of the file."},
    view_range={
        "type": "array",
        "items": {"type": "integer"},
        "minItems": 2,
        "maxItems": 2,
        "description": "For `view`: first and last line; -1 is the end.",
    },
)
APPLY_PATCH = _tool(
    "apply_patch",
    "Change several files at once, all of it or nothing. `patch` begins with `*** Begin Patch` and ends with "
    "`*** End Patch`; in between `*** Add File: path` (every line with `+`), `*** Delete File: path`, or "
    "`*** Update File: path`, then perhaps `*** Move to: path`, with hunks: `@@` and perhaps the class or function the "
    "hunk is in, then lines that begin with a space (context, about three), `-` or `+`. Unified diffs work too.",
    required=("patch",),
    patch={"type": "string", "description": "Paths are relative to the workspace."},
)
SEARCH = _tool(
    "search",
    "Find lines by a regular expression (Python's) in text files, as `path:line: text`; with an empty pattern, list "
    "files. Version control, caches, installed packages and binary files are left out.",
    required=("pattern",),
    pattern={"type": "string"},
    path={"type": "string", "description": "A file or folder; everywhere without it."},
    glob={"type": "string", "description": "Only files like this, such as `*.py` or `src/**/*.{ts,tsx}`."},
    max_results={"type": "integer", "minimum": 1, "maximum": 1000},
)
RUN_TESTS = _tool(
    "run_tests",
    "Run the tests on a clean copy of the current tree. Returns the counts, the tests that are not green, and the "
    "hash of the tree.",
    selection=_strings("Test ids; empty runs all of them."),
)
MEMORY = _tool(
    "memory",
    "Notes that outlive this step. `search` finds notes by words, `get` reads one, `put` keeps one, `forget` removes "
    "one. Keep what took effort to find out and stays true.",
    required=("action",),
    action={"type": "string", "enum": ["search", "get", "put", "forget"]},
    query={"type": "string", "description": 'For `search`: words, or a "phrase in quotes".'},
    scope={
        "type": "string",
        "enum": ["task", "agent", "project", "global"],
        "description": "This run; your role in this project; the project (default); every project, once a person has "
        "approved it. A search without a scope looks everywhere.",
    },
    key={"type": "string", "description": "A short name, such as `test-command`."},
    text={"type": "string", "description": "For `put`: at most 64 KiB."},
    tags=_strings("For `put`."),
    expected_version={"type": "integer", "description": "Only if the note has this version."},
)
ASK_HUMAN = _tool(
    "ask_human",
    "Ask the person who gave the task, when only they can know. The step waits for the answer.",
    required=("question",),
    question={"type": "string", "description": "One question, with what you need to know to go on."},
)
_ACCEPT = _object(
    (),
    {
        "check": {
            "type": "string",
            "enum": ["suite", "targets", "no_regression", "none"],
            "description": "`suite`: every test passes; `targets`: the tests named pass and no other stops passing; "
            "`no_regression`: no test stops passing; `none`: the step hands over no code.",
        },
        "tests": _strings("For `targets`: test ids."),
    },
)
_STEP = _object(
    ("id", "role", "goal"),
    {
        "id": {"type": "string", "description": "Short, of small letters, digits and dashes; unique in the plan."},
        "role": {"type": "string"},
        "goal": {"type": "string", "description": "All the step's agent needs to know."},
        "needs": _strings("Ids of the steps it builds on."),
        "writes": _strings("Paths or globs it will change; steps that overlap run one after the other."),
        "accept": _ACCEPT,
        "requires": _strings("What its workers must have, of what is said to be on offer for the role; rarely any."),
        "model": {"type": "string", "description": "Only to use another model than the run's."},
    },
)
PLAN = _tool(
    "plan",
    "Hand in the plan: the steps that reach the goal, each the work of one agent. Steps that do not need each other "
    "run at the same time. One step is a good plan where one agent is enough.",
    required=("steps",),
    steps={"type": "array", "items": _STEP, "minItems": 1},
)
SUBMIT = _tool(
    "submit",
    "Hand the work in. What was asked of it is checked on exactly this tree; a refusal says what is wrong.",
    required=("summary",),
    summary={"type": "string", "description": "What was wrong and what was changed, for the commit message."},
    verdict={
        "type": "string",
        "enum": ["accept", "changes"],
        "description": "Only for a review: whether the work is good as it is, or needs the changes in the summary.",
    },
)
GIVE_UP = _tool(
    "give_up",
    "Say honestly that the task cannot be done, and why.",
    required=("reason",),
    reason={"type": "string"},
    code={
        "type": "string",
        "enum": ["beyond_model", "nothing_failing", "no_tests", "not_importable", "out_of_time"],
    },
)

EXECUTED = (BASH, EDITOR, APPLY_PATCH, SEARCH, RUN_TESTS)
"""Tools an executor runs; the loop answers the others."""
BY_NAME = {
    tool.name: tool for tool in (BASH, EDITOR, APPLY_PATCH, SEARCH, RUN_TESTS, MEMORY, ASK_HUMAN, PLAN, SUBMIT, GIVE_UP)
}
ALL = tuple(BY_NAME[name] for name in toolnames.TOOLS)
"""In the order in which they are offered: the same for every role, so that prompts begin alike."""


def tools_for(allowed: Collection[str]) -> tuple[ToolSpec, ...]:
    """The tools a role may use, in the order of ALL; names that are none are left out."""
    return tuple(tool for tool in ALL if tool.name in allowed)
