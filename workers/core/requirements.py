"""What a repository says it needs, read from the text of its files. Pure."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import msgspec

FILES = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-test.txt",
    "requirements/test.txt",
    "requirements/dev.txt",
    "dev-requirements.txt",
    "test-requirements.txt",
)
PROJECT = "pyproject.toml"
_GROUPS = re.compile(r"^(tests?|testing|dev|develop|development)$", re.IGNORECASE)


class Requirements(msgspec.Struct, frozen=True, kw_only=True):
    files: tuple[str, ...] = ()
    """Requirement files, as paths in the repository."""
    specs: tuple[str, ...] = ()
    """Requirements that pyproject.toml names, the test ones included."""

    def __bool__(self) -> bool:
        return bool(self.files or self.specs)

    def __str__(self) -> str:
        return ", ".join([*self.files, *([PROJECT] if self.specs else [])])


def find_requirements(texts: Mapping[str, str]) -> Requirements:
    """texts: content of those of FILES and PROJECT that the repository has."""
    files = tuple(name for name in FILES if _has_content(texts.get(name, "")))
    return Requirements(files=files, specs=_project_specs(texts.get(PROJECT, "")))


def _has_content(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())


def _project_specs(text: str) -> tuple[str, ...]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return ()
    project = _table(document, "project")
    specs = _strings(project.get("dependencies"))
    for groups in (_table(project, "optional-dependencies"), _table(document, "dependency-groups")):
        for name, group in groups.items():
            if _GROUPS.match(name):
                specs += _strings(group)
    return tuple(dict.fromkeys(specs))


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
