"""A role file in the user's folder becomes a pool, served by the process of the built-in ones."""

from pathlib import Path

import pytest

from mycoderai.broker.credentials import SERVICES
from mycoderai.gateway.fleet_plan import DEFAULT_ROLES, default_roles, plan, settings_as_variables
from mycoderai.schemas.settings import Settings, load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mycoder" / "roles"
    folder.mkdir(parents=True)
    return folder


def loaded(folder: Path, **variables: str) -> Settings:
    return load({"XDG_CONFIG_HOME": str(folder.parent.parent), "HOME": "/nowhere", **variables}, cwd=folder)[0]


def test_a_file_in_the_users_folder_adds_a_pool(folder: Path) -> None:
    (folder / "security.md").write_text("Look for holes.")
    settings = loaded(folder)
    assert settings.own_roles == ("security",)
    assert "security" in settings.all_pools


def test_a_file_for_a_built_in_role_or_with_a_name_that_is_taken_or_impossible_adds_none(folder: Path) -> None:
    services = [f"{service}.md" for service in SERVICES]
    for name in (*services, "coder.md", "Not A Name.md", "notes.txt"):
        (folder / name).write_text("x")
    assert loaded(folder).own_roles == ()


def test_without_a_folder_there_are_no_own_roles(tmp_path: Path) -> None:
    assert load({"HOME": str(tmp_path)}, cwd=tmp_path)[0].own_roles == ()


def test_the_origin_of_a_role_is_its_folder(folder: Path) -> None:
    (folder / "security.md").write_text("x")
    _, origins = load({"XDG_CONFIG_HOME": str(folder.parent.parent)}, cwd=folder)
    assert {origin.name: origin.source for origin in origins}["own_roles"] == str(folder)


def test_a_worker_plays_the_roles_it_was_started_with_whatever_became_of_the_files(folder: Path) -> None:
    variables = settings_as_variables(Settings(data_dir="/d", own_roles=("docs", "security")))
    assert loaded(folder, **variables).own_roles == ("docs", "security")


def test_a_whole_fleet_serves_role_files_beside_the_built_in_pools() -> None:
    settings = Settings(data_dir="/d", own_roles=("security",))
    assert default_roles(settings) == (*DEFAULT_ROLES, "security")
    by_name = {spec.name: spec.roles for spec in plan(default_roles(settings), settings)}
    assert by_name["agents"] == ("planner", "coder", "tester", "reviewer", "resolver", "noop", "security")
    assert "security" not in by_name


def test_a_role_file_whose_pool_has_a_handler_of_its_own_is_not_given_to_the_agents() -> None:
    settings = Settings(data_dir="/d", own_roles=("docs",), pools=("docs",))
    assert "docs" not in default_roles(settings)
    assert [spec.name for spec in plan(["docs", "coder"], settings)] == ["docs", "agents"]
