"""The tools as models see them. Names and arguments follow the forms other coding agents use."""

from typing import Any

from mycoderai.schemas.chat import ToolSpec


def _tool(name: str, description: str, required: tuple[str, ...] = (), **properties: Any) -> ToolSpec:
    return ToolSpec(
        name=name,
        description=description,
        parameters={
            "type": "object",
            "properties": properties,
            "required": list(required),
            "additionalProperties": False,
        },
    )


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
    "View and edit files. `str_replace` needs `old_str` to occur exactly once.",
    required=("command", "path"),
    command={"type": "string", "enum": ["view", "create", "str_replace", "insert"]},
    path={"type": "string", "description": "Relative to the workspace."},
    file_text={"type": "string"},
    old_str={"type": "string"},
    new_str={"type": "string"},
    insert_line={"type": "integer", "minimum": 0},
    view_range={"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
)
RUN_TESTS = _tool(
    "run_tests",
    "Run the tests on a clean copy of the current tree. Returns the counts, the tests that are not green, and the "
    "hash of the tree.",
    selection={"type": "array", "items": {"type": "string"}, "description": "Test ids; empty runs all of them."},
)
SUBMIT = _tool(
    "submit",
    "Hand the work in. The tests are run once more on exactly this tree; a refusal says what is wrong.",
    required=("summary",),
    summary={"type": "string", "description": "What was wrong and what was changed, for the commit message."},
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

EXECUTED = (BASH, EDITOR, RUN_TESTS)
"""Tools an executor runs; the others end the loop."""
ALL = (*EXECUTED, SUBMIT, GIVE_UP)
