"""Which files of a repository speak to agents, and to which paths."""

import pytest

from mycoderai.schemas.execution import Document
from mycoderai.workers.core.roles.instructions import nearest, newly_relevant, repository_roles, skills, touched, wanted


def documents(*paths: str) -> list[Document]:
    return [Document(path=path, text=f"text of {path}") for path in paths]


DOCUMENTS = documents("AGENTS.md", "web/AGENTS.md", "web/src/CLAUDE.md", "api/AGENTS.md", ".mycoder/roles/x.md")


def test_instructions_roles_and_skills_are_found_and_nothing_else() -> None:
    paths = [
        "AGENTS.md",
        "CLAUDE.md",
        "a/CLAUDE.md",
        "a/b/AGENTS.md",
        "docs/agents.md",
        ".mycoder/roles/x.md",
        ".mycoder/roles/deep/x.md",
        ".mycoder/skills/one/SKILL.md",
        ".agents/skills/two/SKILL.md",
        ".claude/skills/three/SKILL.md",
        ".claude/skills/three/more/SKILL.md",
        "skills/four/SKILL.md",
    ]
    assert wanted(paths) == (
        "AGENTS.md",
        ".mycoder/roles/x.md",
        "a/CLAUDE.md",
        "a/b/AGENTS.md",
        ".agents/skills/two/SKILL.md",
        ".claude/skills/three/SKILL.md",
        ".mycoder/skills/one/SKILL.md",
    )


@pytest.mark.parametrize(
    ("path", "winner"),
    [
        ("README.md", "AGENTS.md"),
        ("web/index.html", "web/AGENTS.md"),
        ("web/src/deep/a.ts", "web/src/CLAUDE.md"),
        ("web", "web/AGENTS.md"),
        ("website/a", "AGENTS.md"),
        ("api/a.py", "api/AGENTS.md"),
    ],
)
def test_the_nearest_instructions_win(path: str, winner: str) -> None:
    found = nearest(path, DOCUMENTS)
    assert found
    assert found.path == winner


def test_without_instructions_none_win() -> None:
    assert nearest("a.py", documents("web/AGENTS.md", ".mycoder/roles/x.md")) is None


def test_instructions_below_the_root_come_once_and_the_nearest_last() -> None:
    fresh = newly_relevant(["web/src/a.ts", "api/x.py"], DOCUMENTS, seen=())
    assert [document.path for document in fresh] == ["api/AGENTS.md", "web/AGENTS.md", "web/src/CLAUDE.md"]
    fresh = newly_relevant(["web/src/a.ts"], DOCUMENTS, seen={"web/AGENTS.md"})
    assert [document.path for document in fresh] == ["web/src/CLAUDE.md"]
    assert newly_relevant(["README.md"], DOCUMENTS, seen=()) == ()


@pytest.mark.parametrize(
    ("tool", "arguments", "paths"),
    [
        ("str_replace_editor", {"command": "view", "path": "/ws/web/a.ts"}, ("web/a.ts",)),
        ("str_replace_editor", {"command": "view", "path": "./web//a.ts"}, ("web/a.ts",)),
        ("search", {"pattern": "x", "path": "web"}, ("web",)),
        (
            "apply_patch",
            {"patch": "*** Begin Patch\n*** Update File: web/a.ts\n*** Move to: api/a.ts\n@@\n*** End Patch"},
            ("web/a.ts", "api/a.ts"),
        ),
        ("bash", {"command": "cd web && cat src/a.ts > 'api/b.py'; ls /etc/x ../y"}, ("src/a.ts", "api/b.py")),
        ("run_tests", {"selection": ["web/a.py::test"]}, ()),
        ("str_replace_editor", {"path": "/etc/passwd"}, ()),
        ("str_replace_editor", {"path": "../outside"}, ()),
        ("str_replace_editor", {"path": 7}, ()),
        ("bash", {}, ()),
    ],
)
def test_the_paths_a_tool_call_names_are_found(tool: str, arguments: dict[str, object], paths: tuple[str, ...]) -> None:
    assert touched(tool, arguments) == paths


def test_a_skill_has_the_name_and_description_of_its_front_matter() -> None:
    document = Document(
        path=".claude/skills/pdf/SKILL.md", text="---\nname: pdfs\ndescription: Fill\n  in forms\n---\nx"
    )
    assert skills([document]) == (("pdfs", "Fill in forms", document.path),)


def test_a_skill_without_a_head_is_named_by_its_folder_and_described_by_its_first_paragraph() -> None:
    document = Document(path=".mycoder/skills/pdf/SKILL.md", text="Fill in\nforms.\n\nFirst, …")
    assert skills([document]) == (("pdf", "Fill in forms.", document.path),)


def test_a_skill_with_a_broken_head_is_still_offered() -> None:
    document = Document(path=".agents/skills/pdf/SKILL.md", text="---\nname: [\n---\n")
    assert skills([document]) == (("pdf", "", document.path),)


def test_what_a_skill_says_of_itself_is_cut_and_kept_on_one_line() -> None:
    document = Document(
        path=".agents/skills/pdf/SKILL.md", text=f"---\nname: a\u202eb\ndescription: '{'long ' * 500}'\n---\n"
    )
    ((name, description, _),) = skills([document])
    assert name == "ab"
    assert len(description) <= 400


def test_roles_of_a_repository_are_named_by_their_files() -> None:
    assert [name for name, _ in repository_roles(DOCUMENTS)] == ["x"]
