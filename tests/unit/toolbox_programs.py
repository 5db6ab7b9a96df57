"""Runs the box's file tools on a folder, in this process."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from mycoderai.workers.executor.toolbox.mycoder_files.request import Refused

PACKAGE = "mycoderai.workers.executor.toolbox.mycoder_files"


def call(tool: str, root: Path, **request: Any) -> str:
    """What the tool prints. Raises Refused."""
    return str(importlib.import_module(f"{PACKAGE}.{tool}").run(request, str(root)))


def refusal(tool: str, root: Path, **request: Any) -> str:
    """Why the tool does not do it, having left every file as it was."""
    before = contents(root)
    try:
        said = call(tool, root, **request)
    except Refused as refused:
        assert contents(root) == before
        return str(refused)
    raise AssertionError(f"not refused: {said}")


def contents(root: Path) -> dict[str, bytes]:
    """The bytes of each file, but for what the editor keeps for itself."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in files}
