"""Which pytest plugins a project can do without."""

from __future__ import annotations

import itertools
from pathlib import Path

IDLE_UNLESS_MENTIONED = {
    "hypothesispytest": "hypothesis",
    "asyncio": "asyncio",
    "anyio": "anyio",
    "timeout": "timeout",
    "pytest_cov": "cov",
}
CONFIG_FILES = ("pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg")
MAX_SCANNED_FILES = 2_000


def idle_plugins(root: Path) -> list[str]:
    """Arguments that leave out plugins nothing here mentions: importing them takes longer than most suites."""
    waiting = dict(IDLE_UNLESS_MENTIONED)
    files = [root / name for name in CONFIG_FILES]
    files += itertools.islice(root.rglob("*.py"), MAX_SCANNED_FILES)
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        waiting = {name: word for name, word in waiting.items() if word not in text}
    return [word for name in waiting for word in ("-p", f"no:{name}")]
