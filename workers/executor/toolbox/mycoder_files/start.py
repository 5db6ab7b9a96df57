"""From a request on stdin to a result on stdout.

Modules are imported where they are needed, and the heavy ones of the library (typing, dataclasses, difflib) only off
the usual path: a call is short beside the start of its interpreter.
"""

from __future__ import annotations

import json
import os
import sys

from .request import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .request import Request


def main(tool: str) -> int:
    request: Request = json.load(sys.stdin.buffer)
    try:
        _say(_run(tool, request, os.getcwd()))
    except Refused as refused:
        _say(str(refused))
        return 1
    return 0


def _run(tool: str, request: Request, root: str) -> str:
    if tool == "edit":
        from .edit import run
    elif tool == "patch":
        from .patch import run
    elif tool == "search":
        from .search import run
    else:
        from .repo_map import run
    return run(request, root)


def _say(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
