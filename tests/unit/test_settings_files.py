from pathlib import Path

import pytest

from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import load


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mycoder.toml").write_text("slots = 2\nmodel = \n")
    with pytest.raises(ConfigError, match="line 2"):
        load({"HOME": str(tmp_path)}, cwd=tmp_path)


def test_an_unknown_setting_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mycoder.toml").write_text("slots = 2\nslotz = 3\n")
    with pytest.raises(ConfigError, match=r"line 2: unknown setting 'slotz'"):
        load({"HOME": str(tmp_path)}, cwd=tmp_path)


def test_the_environment_beats_the_project_file(tmp_path: Path) -> None:
    (tmp_path / "mycoder.toml").write_text("slots = 2\nshards = 3\n")
    settings, _ = load({"HOME": str(tmp_path), "MYCODER_SLOTS": "5"}, cwd=tmp_path)
    assert (settings.slots, settings.shards) == (5, 3)
