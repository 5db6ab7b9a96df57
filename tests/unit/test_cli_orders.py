"""What `mycoder run` makes of its options, and how a repository is named."""

import pytest

from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.run import role_of
from mycoderai.gateway.cli.run_order import roles_for
from mycoderai.gateway.project import normalised
from mycoderai.schemas.settings import Settings


@pytest.mark.parametrize(
    ("role", "plan", "model", "expected"),
    [
        ("", None, "openai/gpt-5", "planner"),
        ("", None, "offline/repair", "coder"),
        ("", None, "scripted:x.json", "coder"),
        ("", True, "offline/repair", "planner"),
        ("", False, "openai/gpt-5", "coder"),
        ("noop", None, "openai/gpt-5", "noop"),
        ("planner", True, "offline/repair", "planner"),
        ("coder", False, "openai/gpt-5", "coder"),
    ],
)
def test_a_task_is_planned_unless_the_model_does_it_single_handed(
    role: str, plan: bool | None, model: str, expected: str
) -> None:
    assert role_of(role, plan, model) == expected


@pytest.mark.parametrize(("role", "plan"), [("coder", True), ("planner", False)])
def test_a_role_that_contradicts_planning_is_refused(role: str, plan: bool) -> None:
    with pytest.raises(CliError, match="exclude each other"):
        role_of(role, plan, "offline/repair")


def test_a_run_gets_the_whole_team_and_a_pool_of_ones_own_only_itself() -> None:
    settings = Settings(own_roles=("docs", "mine"), pools=("mine",))
    assert roles_for("mine", settings) == ("orchestrator", "mine", "executor", "model", "memory")
    agents = ("planner", "coder", "tester", "reviewer", "resolver", "docs")
    assert roles_for("coder", settings) == ("orchestrator", *agents, "executor", "model", "memory")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/Acme/Shop.git", "example.org/acme/shop"),
        ("https://ann:secret@example.org:8443/acme/shop/", "example.org/acme/shop"),
        ("git@example.org:acme/shop.git", "example.org/acme/shop"),
        ("ssh://git@example.org:2222/acme/shop.git", "example.org/acme/shop"),
        ("example.org:acme/shop", "example.org/acme/shop"),
        ("/srv/git/shop.git", ""),
        ("../shop", ""),
        ("file:///srv/git/shop.git", ""),
        ("https://example.org/", ""),
        ("", ""),
    ],
)
def test_clones_of_one_remote_have_one_name_without_secrets(url: str, name: str) -> None:
    assert normalised(url) == name
