"""Which files decide what the tests say. An agent that may not touch the tests may not touch these."""

import configparser
import posixpath
import re
import tomllib
from collections.abc import Sequence

_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "spec", "specs"})
_NAMES = re.compile(
    r"""test_.*\.py | .*_test\.(py|go|rs|c|cc|cpp|rb|exs) | tests?\.py | conftest\.py
      | .*\.(test|spec)\.[cm]?[jt]sx? | .*_spec\.rb | .*Tests?\.(java|kt|cs)""",
    re.VERBOSE,
)
_CONFIG = re.compile(
    r"""conftest\.py | \.?pytest\.(ini|toml) | tox\.ini | setup\.cfg | pyproject\.toml | noxfile\.py
      | (site|user)customize\.py | .*\.pth
      | (jest|vitest|playwright|cypress)\.config\..* | karma\.conf\.js | \.mocharc\..*""",
    re.VERBOSE,
)
_TABLES = {"tox.ini": ("pytest", "testenv"), "setup.cfg": ("tool:pytest",)}


def is_test_path(path: str, testpaths: Sequence[str] = ()) -> bool:
    """Whether the file at `path`, relative to the repository, is a test or stands among tests.

    `testpaths` are further files and folders of tests, as in pytest's setting of that name.
    """
    *folders, name = _parts(path)
    if _NAMES.fullmatch(name) or any(folder.lower() in _FOLDERS for folder in folders):
        return True
    return any(_is_below([*folders, name], _parts(tests)) for tests in testpaths)


def is_test_config(path: str) -> bool:
    """Whether the file at `path` can change which tests run or how; see `test_settings_differ` for shared files."""
    return _CONFIG.fullmatch(_parts(path)[-1]) is not None


def test_settings_differ(path: str, before: str | None, after: str | None) -> bool:
    """Whether a change to a file for which `is_test_config` holds is one of test settings.

    Of `pyproject.toml`, `setup.cfg` and `tox.ini` only the tables about tests count. None means that there is no such
    file. A file that cannot be parsed differs.
    """
    if before == after:
        return False
    try:
        return _settings(path, before) != _settings(path, after)
    except (tomllib.TOMLDecodeError, configparser.Error):
        return True


def _settings(path: str, text: str | None) -> object:
    name = _parts(path)[-1]
    if name == "pyproject.toml":
        tools = tomllib.loads(text or "").get("tool", {})
        return {key: tools[key] for key in ("pytest", "tox", "nox") if key in tools}
    if name in _TABLES:
        parser = configparser.RawConfigParser(strict=False)
        parser.read_string(text or "")
        return {
            section: dict(parser[section])
            for section in parser.sections()
            if section.partition(":")[0] in _TABLES[name] or section in _TABLES[name]
        }
    return text


def _parts(path: str) -> list[str]:
    return posixpath.normpath(path).lstrip("/").split("/")


def _is_below(path: list[str], folder: list[str]) -> bool:
    return folder == ["."] or path[: len(folder)] == folder
