"""A data directory is private to its fleet; a directory that others use is left as it is."""

from pathlib import Path

import pytest

from mycoderai.gateway.fleet_data import BEFORE_THE_FIRST_START, prepare
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


def test_an_operator_may_bring_the_credentials_and_a_new_volume_its_own_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    for name in BEFORE_THE_FIRST_START:
        (data / name).mkdir()
    prepare(data)
    assert mode(data) == 0o700


def test_a_directory_that_is_private_already_is_used_whatever_it_holds(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / "notes.txt").write_text("x")
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
