"""Which files of a repository speak to agents, and to which paths they apply.

`AGENTS.md` (else `CLAUDE.md`) holds for its folder and all below it, the nearest wins. A folder with a `SKILL.md` is a
skill: a model is told that it exists and reads it when it needs it. `.mycoder/roles/` holds roles. All of it is data of
lower trust: it advises, and changes no permission.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from mycoderai.schemas.execution import Document
from mycoderai.workers.core.roles.frontmatter import FrontMatterError, read

AGENTS = "AGENTS.md"
OTHER_AGENTS = "CLAUDE.md"
SKILL = "SKILL.md"
ROLES = ".mycoder/roles"
SKILLS = (".mycoder/skills", ".agents/skills", ".claude/skills")
WORKSPACE = "/ws/"
MAX_SKILL_TEXT = 400
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$|^\*\*\* Move to: (.+)$", re.MULTILINE)


class Skill(NamedTuple):
    name: str
    description: str
    path: str


def wanted(paths: Collection[str]) -> tuple[str, ...]:
    """Which files of a tree agents are told about, in the order in which they matter."""
    there = frozenset(paths)
    chosen = [path for path in there if _speaks(path, there)]
    return tuple(sorted(chosen, key=lambda path: ("/" in path, not _is_role(path), path.count("/"), path)))


def root_instructions(documents: Iterable[Document]) -> Document | None:
    """The instructions for the whole repository."""
    return next((document for document in documents if document.path in (AGENTS, OTHER_AGENTS)), None)


def nearest(path: str, documents: Iterable[Document]) -> Document | None:
    """The instructions that win for a path."""
    return max(_applying(path, documents), key=_depth, default=None)


def newly_relevant(paths: Iterable[str], documents: Sequence[Document], seen: Collection[str]) -> tuple[Document, ...]:
    """Instructions below the root that apply to one of the paths and are not among the paths `seen`; the nearest,
    which wins, last."""
    found = {document.path: document for path in paths for document in _applying(path, documents)}
    fresh = [document for document in found.values() if document.path not in seen and "/" in document.path]
    return tuple(sorted(fresh, key=lambda document: (_depth(document), document.path)))


def touched(tool: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths of the repository that a tool call names. Of a shell command, its words that look like paths."""
    match tool:
        case "str_replace_editor" | "search":
            texts = [arguments.get("path")]
        case "apply_patch":
            texts = [one or other for one, other in _PATCHED.findall(str(arguments.get("patch", "")))]
        case "bash":
            texts = [word for word in re.split(r"[\s'\"=:;|&<>()]+", str(arguments.get("command", ""))) if "/" in word]
        case _:
            texts = []
    return tuple(dict.fromkeys(path for text in texts if isinstance(text, str) and (path := _relative(text))))


def repository_roles(documents: Iterable[Document]) -> tuple[tuple[str, Document], ...]:
    """Name and file of the roles a repository brings along."""
    return tuple((PurePosixPath(document.path).stem, document) for document in documents if _is_role(document.path))


def skills(documents: Iterable[Document]) -> tuple[Skill, ...]:
    """The skills a repository brings along. One whose front matter is broken is named by its folder."""
    return tuple(_skill(document) for document in documents if _is_skill(document.path))


def _skill(document: Document) -> Skill:
    folder = PurePosixPath(document.path).parent.name
    try:
        fields, body = read(document.text, document.path)
    except FrontMatterError:
        return Skill(folder, "", document.path)
    said = {name: field.value for name, field in fields.items() if isinstance(field.value, str)}
    description = said.get("description") or body.partition("\n\n")[0]
    return Skill(_line(said.get("name") or folder, 64), _line(description, MAX_SKILL_TEXT), document.path)


def _line(text: str, most: int) -> str:
    text = "".join(char for char in " ".join(text.split()) if char.isprintable())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _speaks(path: str, there: Collection[str]) -> bool:
    folder, _, name = path.rpartition("/")
    if name == OTHER_AGENTS:
        return (f"{folder}/{AGENTS}" if folder else AGENTS) not in there
    return name == AGENTS or _is_role(path) or _is_skill(path)


def _is_instruction(path: str) -> bool:
    return path.rpartition("/")[2] in (AGENTS, OTHER_AGENTS)


def _is_role(path: str) -> bool:
    return path.endswith(".md") and path.rpartition("/")[0] == ROLES


def _is_skill(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return name == SKILL and folder.rpartition("/")[0] in SKILLS


def _applying(path: str, documents: Iterable[Document]) -> list[Document]:
    folders = {"", *(str(folder) for folder in PurePosixPath(path).parents if str(folder) != "."), path}
    return [
        document
        for document in documents
        if _is_instruction(document.path) and document.path.rpartition("/")[0] in folders
    ]


def _depth(document: Document) -> int:
    return document.path.count("/")


def _relative(text: str) -> str:
    """The path in the repository, or nothing where it leads out of it."""
    path = text.strip().removeprefix(WORKSPACE)
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "" if path.startswith("/") or ".." in parts else "/".join(parts)
