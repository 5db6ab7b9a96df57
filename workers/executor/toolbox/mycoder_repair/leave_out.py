"""Tests a suite runs without, as a pytest plugin: the failing ones that a search with targets is not about."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

PLUGIN = "mycoder_repair.leave_out"
VARIABLE = "MYCODER_LEAVE_OUT"


def is_named(nodeid: str, names: Iterable[str]) -> bool:
    """By its id, or by that of its function, class, file or folder."""
    return any(nodeid == name or nodeid.startswith(tuple(name.rstrip("/") + mark for mark in "[:/")) for name in names)


def arguments(others: Sequence[str]) -> list[str]:
    """For `mycoder_tests`, behind `others`."""
    return [*([] if "--" in others else ["--"]), "-p", PLUGIN]


def environment(left_out: Collection[str], folder: Path) -> dict[str, str]:
    """Ids can be many, so they go through a file."""
    file = folder / "left_out.json"
    file.write_text(json.dumps(sorted(left_out)), encoding="utf-8")
    return {VARIABLE: str(file)}


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    left_out = set(json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8")))
    gone = [item for item in items if item.nodeid in left_out]
    if gone:
        items[:] = [item for item in items if item.nodeid not in left_out]
        config.hook.pytest_deselected(items=gone)
