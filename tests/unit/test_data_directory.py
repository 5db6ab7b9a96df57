"""A data directory is private to its fleet; a directory that others use is left as it is."""

from pathlib import Path

import pytest

from mycoderai.gateway.fleet_data import prepare
from mycoderai.schemas.errors import MycoderError


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("exists", [False, True])
def test_a_new_or_empty_directory_becomes_private(tmp_path: Path, exists: bool) -> None:
    data = tmp_path / "data"
    if exists:
        data.mkdir(mode=0o755)
    prepare(data)
    assert mode(data) == 0o700
    assert sorted(path.name for path in data.iterdir()) == ["logs", "runs", "version"]


def test_a_directory_that_holds_files_of_others_is_refused_and_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "theirs.txt").write_text("x")
    with pytest.raises(MycoderError, match="open to other users"):
        prepare(shared)
    assert mode(shared) == 0o777
    assert [path.name for path in shared.iterdir()] == ["theirs.txt"]


def test_a_private_directory_may_hold_what_was_copied_there_before_the_first_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "credentials").mkdir(parents=True)
    data.chmod(0o700)
    prepare(data)
    assert (data / "version").exists()


def test_a_directory_opened_by_mistake_is_closed_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(data)
    data.chmod(0o755)
    prepare(data)
    assert mode(data) == 0o700


@pytest.mark.parametrize("text", ["2", "one"])
def test_an_unknown_layout_is_refused_before_anything_changes(tmp_path: Path, text: str) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    (data / "version").write_text(text)
    with pytest.raises(MycoderError):
        prepare(data)
    assert mode(data) == 0o755
    assert [path.name for path in data.iterdir()] == ["version"]
