"""What models are offered: one order for every role, closed schemas, and no tool that nobody answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from mycoderai.schemas.plan import StepSpec
from mycoderai.workers.core.roles import toolnames, tools
from mycoderai.workers.executor.tools import TOOLS

OF_THE_LOOP = {"memory", "ask_human", "plan", "submit", "give_up"}


def objects(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if schema.get("type") == "object":
        yield schema
    for inner in (*schema.get("properties", {}).values(), schema.get("items", {})):
        yield from objects(inner) if inner else ()


def test_each_tool_is_answered_by_the_executor_or_the_loop() -> None:
    executed = {tool.name for tool in tools.EXECUTED}
    assert executed | OF_THE_LOOP == set(tools.BY_NAME) == set(toolnames.TOOLS)
    assert set(TOOLS) == executed | {"repo_map"}


@pytest.mark.parametrize("tool", tools.ALL, ids=lambda tool: tool.name)
def test_schemas_are_closed_and_require_only_what_they_have(tool: Any) -> None:
    for schema in objects(tool.parameters):
        assert schema["additionalProperties"] is False
        assert set(schema["required"]) <= set(schema["properties"])


def test_the_tools_of_a_role_come_in_one_order() -> None:
    chosen = tools.tools_for({"submit", "search", "bash", "teleport"})
    assert [tool.name for tool in chosen] == ["bash", "search", "submit"]
    assert tools.tools_for(list(reversed(toolnames.TOOLS))) == tools.ALL


def test_a_planned_step_has_the_fields_of_a_step() -> None:
    step = tools.PLAN.parameters["properties"]["steps"]["items"]
    assert set(step["properties"]) <= {field.name for field in msgspec.structs.fields(StepSpec)}
