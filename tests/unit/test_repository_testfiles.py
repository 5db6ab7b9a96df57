"""Which files the gate protects."""

import pytest

from mycoderai.workers.core import testfiles


@pytest.mark.parametrize(
    "path",
    [
        "tests/helpers.py",
        "src/pkg/test/data.json",
        "pkg/testing/fakes.py",
        "test_a.py",
        "src/test_a.py",
        "src/a_test.py",
        "tests.py",
        "app/tests.py",
        "conftest.py",
        "src/conftest.py",
        "./tests/x.py",
        "src/../tests/x.py",
        "web/a.test.tsx",
        "pkg/a_test.go",
    ],
)
def test_a_test_is_recognised(path: str) -> None:
    assert testfiles.is_test_path(path)


@pytest.mark.parametrize(
    "path", ["src/a.py", "testament.py", "contest.py", "latest/a.py", "src/attest.py", "protest.md"]
)
def test_code_is_not_taken_for_a_test(path: str) -> None:
    assert not testfiles.is_test_path(path)


def test_configured_paths_count_by_whole_parts() -> None:
    assert testfiles.is_test_path("checks/unit/a.py", ["checks"])
    assert testfiles.is_test_path("checks/a.py", ["./checks/"])
    assert not testfiles.is_test_path("checks_lib/a.py", ["checks"])
    assert testfiles.is_test_path("anything.py", ["."])


@pytest.mark.parametrize("path", ["conftest.py", "a/pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", "x.pth"])
def test_a_test_configuration_is_recognised(path: str) -> None:
    assert testfiles.is_test_config(path)


def test_other_configuration_is_not() -> None:
    assert not testfiles.is_test_config("setup.py")
    assert not testfiles.is_test_config("src/config.toml")


def test_a_new_dependency_is_no_change_of_test_settings() -> None:
    before = "[project]\nname='a'\n[tool.pytest.ini_options]\naddopts='-q'\n"
    assert not testfiles.test_settings_differ("pyproject.toml", before, before.replace("'a'", "'b'"))
    assert testfiles.test_settings_differ("pyproject.toml", before, before.replace("-q", "-k nothing"))
    assert testfiles.test_settings_differ("pyproject.toml", before, None)
    assert testfiles.test_settings_differ("pyproject.toml", before, "[broken")


def test_only_the_sections_about_tests_count() -> None:
    before = "[metadata]\nname = a\n"
    assert not testfiles.test_settings_differ("setup.cfg", before, before + "[flake8]\nignore = E\n")
    assert testfiles.test_settings_differ("setup.cfg", before, before + "[tool:pytest]\ntestpaths = none\n")
    assert testfiles.test_settings_differ("tox.ini", None, "[testenv:py]\ncommands = true\n")
    assert testfiles.test_settings_differ("conftest.py", None, "")
