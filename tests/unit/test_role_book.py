"""Where roles come from: built in, a person's folder, a repository's documents."""

import os
from pathlib import Path

import pytest

from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.execution import Document
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.settings import BUILT_IN_POOLS
from mycoderai.workers.agents.rolebook import PACKAGE, Rolebook
from mycoderai.workers.core.globs import matches
from mycoderai.workers.core.testfiles import is_test_path

AGENTS = [name for name in BUILT_IN_POOLS if name != "noop"]


def brings(name: str, text: str) -> Document:
    return Document(path=f".mycoder/roles/{name}.md", text=text)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def book(own: Path) -> Rolebook:
    return Rolebook(own)


@pytest.mark.parametrize("name", AGENTS)
def test_each_built_in_role_has_a_file_without_anything_unknown(book: Rolebook, name: str) -> None:
    role = book.role(name)
    assert role.description
    assert role.prompt
    assert role.notes == ()
    assert len((PACKAGE / f"{name}.md").read_text().splitlines()) <= 60


def test_planner_and_reviewer_change_nothing_and_have_their_own_ending(book: Rolebook) -> None:
    planner, reviewer = book.role("planner"), book.role("reviewer")
    assert planner.writes == reviewer.writes == ()
    assert {"plan", "submit"} & set(planner.tools) == {"plan"}
    assert {"plan", "submit"} & set(reviewer.tools) == {"submit"}
    assert planner.hand_in == reviewer.hand_in == "none"


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "pkg/tests/deep/b.txt",
        "test_a.py",
        "src/a_test.py",
        "src/a_test.go",
        "web/a.spec.ts",
        "ATest.java",
    ],
)
def test_the_tester_writes_tests(book: Rolebook, path: str) -> None:
    assert is_test_path(path)
    assert matches(path, book.role("tester").writes)


@pytest.mark.parametrize("path", ["src/a.py", "contest.py", "latest/a.py", "setup.py", "pyproject.toml", "conftest.py"])
def test_the_tester_writes_nothing_else(book: Rolebook, path: str) -> None:
    assert not matches(path, book.role("tester").writes)


def test_a_person_changes_a_built_in_role_and_sees_it_at_once(book: Rolebook, own: Path) -> None:
    assert book.role("coder").model == ""
    (own / "coder.md").write_text("---\nmodel: openai/one\n---\n")
    assert book.role("coder").model == "openai/one"
    assert book.role("coder").layers == ("built-in coder", "roles/coder.md")
    (own / "coder.md").write_text("---\nmodel: openai/three\n---\n")
    assert book.role("coder").model == "openai/three"
    (own / "coder.md").unlink()
    assert book.role("coder").model == ""


def test_a_file_is_read_once_while_it_does_not_change(book: Rolebook, own: Path) -> None:
    file = own / "x.md"
    file.write_text("---\ndescription: aa\n---\n")
    before = file.stat()
    assert book.role("x").description == "aa"
    file.write_text("---\ndescription: bb\n---\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert book.role("x").description == "aa"


def test_a_persons_own_role_may_do_what_it_says(book: Rolebook, own: Path) -> None:
    (own / "docs.md").write_text("---\nwrites: [docs/**]\nhand_in: no_regression\n---\nWrite documents.")
    role = book.role("docs")
    assert (role.writes, role.hand_in, role.prompt) == (("docs/**",), "no_regression", "Write documents.")
    assert "docs" in book.names()


def test_a_role_only_the_repository_knows_may_do_no_more_than_the_persons_coder(book: Rolebook, own: Path) -> None:
    (own / "coder.md").write_text("---\ndisallowed_tools: [bash]\nwrites: [src/**]\nmax_turns: 7\n---\n")
    role = book.role("ours", [brings("ours", "---\ntools: [bash, plan, search]\nmax_turns: 90\n---\nDo as I say.")])
    assert (role.name, role.tools, role.max_turns) == ("ours", ("search", "submit", "give_up"), 7)
    assert role.writes == ("src/**",)
    assert role.prompt == book.role("coder").prompt
    assert role.advice == ((".mycoder/roles/ours.md", "Do as I say."),)


def test_an_error_in_a_file_fails_the_step_and_names_the_line(book: Rolebook, own: Path) -> None:
    (own / "coder.md").write_text("---\nmax_turns: 3\ntools: [bash\n---\n")
    with pytest.raises(RefusedError) as caught:
        book.role("coder")
    assert caught.value.failure.message.startswith("roles/coder.md, line 3: not valid YAML")
    with pytest.raises(RefusedError, match=r"\.mycoder/roles/tester\.md, line 2: max_turns"):
        book.role("tester", [brings("tester", "---\nmax_turns: x\n---\n")])


def test_a_file_that_is_no_text_is_named(book: Rolebook, own: Path) -> None:
    (own / "x.md").write_bytes(b"\xff\xfe")
    with pytest.raises(RefusedError, match=r"roles/x\.md cannot be read"):
        book.role("x")


@pytest.mark.parametrize("name", ["janitor", "../coder", "Coder", ""])
def test_a_role_nobody_knows_is_said(book: Rolebook, name: str) -> None:
    with pytest.raises(RefusedError, match="There is no role") as caught:
        book.role(name)
    assert caught.value.failure.code == FailureCode.UNKNOWN_ROLE


def test_a_team_leaves_out_whom_nobody_could_call(book: Rolebook, own: Path) -> None:
    (own / "broken.md").write_text("---\nmax_turns: x\n---\n")
    documents = [brings("ours", "---\ndescription: helps\n---\n")]
    assert book.team(("coder", "broken", "ours"), documents) == (
        ("coder", book.role("coder").description),
        ("ours", "helps"),
    )
