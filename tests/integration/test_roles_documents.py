"""The files of a commit that speak to agents, read from real git objects."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fleet_support import git

from mycoderai.broker.repository import pack
from mycoderai.schemas.execution import Document
from mycoderai.workers.executor.documents import MAX_BYTES, MAX_DOCUMENTS, MAX_TOTAL_BYTES, documents_of
from mycoderai.workers.executor.run_repository import RunRepository

Documents = Callable[[], Awaitable[tuple[Document, ...]]]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "-q", "-b", "main")
    return source


@pytest.fixture
def documents(source: Path, tmp_path: Path) -> Documents:
    """Commit what is in the source and read its documents as an executor does."""

    async def read() -> tuple[Document, ...]:
        git(source, "add", "-A")
        git(source, "commit", "-q", "--allow-empty", "-m", "Start")
        packed = await pack(source, dirty=False, out=tmp_path / "packed")
        repository = await RunRepository.open(tmp_path / "run.git", packed.file, run="r1")
        return await documents_of(repository, packed.commit)

    return read


def write(source: Path, path: str, text: str = "") -> Path:
    file = source / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text or f"text of {path}\n")
    return file


async def test_instructions_roles_and_skills_are_read_with_the_general_ones_first(
    source: Path, documents: Documents
) -> None:
    for path in (
        "web/AGENTS.md",
        "AGENTS.md",
        "CLAUDE.md",
        ".claude/skills/pdf/SKILL.md",
        ".mycoder/roles/x.md",
        "src/a.py",
        "README.md",
    ):
        write(source, path)
    found = await documents()
    assert [document.path for document in found] == [
        "AGENTS.md",
        ".mycoder/roles/x.md",
        "web/AGENTS.md",
        ".claude/skills/pdf/SKILL.md",
    ]
    assert found[0].text == "text of AGENTS.md\n"


async def test_a_repository_without_any_has_none(source: Path, documents: Documents) -> None:
    write(source, "a.py")
    assert await documents() == ()


async def test_links_are_not_followed(source: Path, documents: Documents, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    write(source, "CLAUDE.md", "ours\n")
    (source / "AGENTS.md").symlink_to("CLAUDE.md")
    (source / "web").mkdir()
    (source / "web/AGENTS.md").symlink_to(tmp_path / "secret")
    (source / ".mycoder").mkdir()
    (source / ".mycoder/roles").symlink_to(tmp_path)
    assert await documents() == (Document(path="CLAUDE.md", text="ours\n"),)


async def test_a_long_file_is_cut_with_a_note_and_an_enormous_one_left_out(source: Path, documents: Documents) -> None:
    write(source, "AGENTS.md", "é" * MAX_BYTES)
    write(source, "web/AGENTS.md", "0" * (2 << 20))
    (found,) = await documents()
    assert found.text.startswith("é" * (MAX_BYTES // 2) + "\n[cut: this file has 65536 bytes")


async def test_there_is_a_limit_to_their_number(source: Path, documents: Documents) -> None:
    for number in range(MAX_DOCUMENTS + 5):
        write(source, f"d{number:03}/AGENTS.md", "the same\n")
    write(source, "AGENTS.md", "root\n")
    found = await documents()
    assert len(found) == MAX_DOCUMENTS
    assert found[0].text == "root\n"


async def test_there_is_a_limit_to_their_size_together(source: Path, documents: Documents) -> None:
    for number in range(20):
        write(source, f"d{number:02}/AGENTS.md", f"{number:02}" * (MAX_BYTES // 2))
    found = await documents()
    assert len(found) == MAX_TOTAL_BYTES // MAX_BYTES


async def test_a_name_or_a_content_that_is_no_text_does_no_harm(source: Path, documents: Documents) -> None:
    for folder in (b"\xff", b"a\nb"):
        path = os.path.join(os.fsencode(source), folder)
        os.mkdir(path)
        Path(os.fsdecode(os.path.join(path, b"AGENTS.md"))).write_text("x")
    (source / "AGENTS.md").write_bytes(b"a\0b\xff")
    assert await documents() == (Document(path="AGENTS.md", text="ab\ufffd"),)
