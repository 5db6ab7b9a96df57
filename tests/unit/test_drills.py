"""The table of drills is the taxonomy's: each code has one, and each drill is a test that asks for its code."""

import ast
from pathlib import Path

import pytest

from mycoderai.schemas.failure import TAXONOMY, FailureCode
from tests.drills import DRILLS, NOT_AN_END

INTEGRATION = Path(__file__).parents[1] / "integration"


def test_every_code_has_a_drill_or_a_reason_to_have_none() -> None:
    assert set(TAXONOMY) == set(FailureCode)
    assert set(DRILLS) | set(NOT_AN_END) == set(TAXONOMY)
    assert not set(DRILLS) & set(NOT_AN_END)


@pytest.mark.parametrize(("code", "drill"), DRILLS.items())
def test_a_drill_is_a_test_that_asks_for_its_code(code: FailureCode, drill: str) -> None:
    file, _, name = drill.partition("::")
    tree = ast.parse((INTEGRATION / file).read_text())
    functions = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) and node.name == name]
    assert functions, f"{drill} is not there"
    assert f"FailureCode.{code.name}" in ast.unparse(functions[0])


@pytest.mark.parametrize("code", FailureCode)
def test_every_code_says_what_the_person_can_do(code: FailureCode) -> None:
    assert TAXONOMY[code].meaning
    assert TAXONOMY[code].advice
