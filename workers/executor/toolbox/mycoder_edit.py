"""The file editor of the sandbox: reads one request as JSON on stdin, prints the result, exits 1 on refusal.

It runs inside the box, so a link that leads out of the workspace leads nowhere.
"""

from __future__ import annotations

import difflib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

MAX_VIEW_CHARS = 16_000
CONTEXT_LINES = 4


class Refused(Exception):
    """Why the request was not done, and what to do next."""


def main() -> int:
    request: dict[str, Any] = json.load(sys.stdin)
    try:
        print(run(request, Path.cwd()))
    except Refused as refused:
        print(refused)
        return 1
    return 0


def run(request: dict[str, Any], root: Path) -> str:
    command = request.get("command")
    if command not in COMMANDS:
        raise Refused(f"Unknown command {command!r}. Commands: {', '.join(COMMANDS)}.")
    return COMMANDS[command](_inside(root, str(request.get("path", ""))), request)


def view(path: Path, request: dict[str, Any]) -> str:
    if path.is_dir():
        return "\n".join(sorted(str(entry.relative_to(path)) for entry in _two_levels(path)))
    lines = _read(path).splitlines()
    first, last = request.get("view_range") or (1, -1)
    last = len(lines) if last == -1 else min(last, len(lines))
    if not 1 <= first <= max(last, 1):
        raise Refused(f"view_range [{first}, {last}] is outside of the file's 1 to {len(lines)} lines.")
    text = "\n".join(f"{number:6}\t{line}" for number, line in enumerate(lines[first - 1 : last], first))
    if len(text) > MAX_VIEW_CHARS:
        return text[:MAX_VIEW_CHARS] + "\n[cut: view a smaller range, or search with grep]"
    return text


def create(path: Path, request: dict[str, Any]) -> str:
    if path.exists():
        raise Refused(f"{request['path']} exists; use str_replace to change it.")
    _write(path, str(request.get("file_text", "")))
    return f"Created {request['path']}."


def str_replace(path: Path, request: dict[str, Any]) -> str:
    text, old, new = _read(path), str(request.get("old_str", "")), str(request.get("new_str", ""))
    if not old:
        raise Refused("old_str is empty.")
    count = text.count(old)
    if count > 1:
        places = ", ".join(str(number) for number in _line_numbers(text, old))
        raise Refused(f"old_str occurs {count} times, at lines {places}. Add lines around it to make it unique.")
    if count == 0:
        raise Refused(_not_found(text, old, new))
    _write(path, text.replace(old, new, 1))
    line = text[: text.index(old)].count("\n") + 1
    return f"Replaced at line {line} of {request['path']}.\n{_around(path, line, new)}"


def insert(path: Path, request: dict[str, Any]) -> str:
    lines = _read(path).splitlines(keepends=True)
    after = int(request.get("insert_line", -1))
    if not 0 <= after <= len(lines):
        raise Refused(f"insert_line must be between 0 and {len(lines)}.")
    new = str(request.get("new_str", ""))
    if not new.endswith("\n"):
        new += "\n"
    _write(path, "".join([*lines[:after], new, *lines[after:]]))
    return f"Inserted after line {after} of {request['path']}.\n{_around(path, after + 1, new)}"


COMMANDS = {"view": view, "create": create, "str_replace": str_replace, "insert": insert}


def _inside(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not name or (path != root.resolve() and root.resolve() not in path.parents):
        raise Refused(f"{name!r} is not inside the workspace.")
    return path


def _read(path: Path) -> str:
    try:
        with path.open(newline="") as file:
            return file.read()
    except FileNotFoundError:
        raise Refused(f"{path.name} does not exist. Look with view on its folder.") from None
    except (OSError, UnicodeDecodeError) as err:
        raise Refused(f"{path.name} cannot be read as text: {err}") from None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".edit-")
    try:
        with open(handle, "w", newline="") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _not_found(text: str, old: str, new: str) -> str:
    if new and new in text:
        return "old_str does not occur, but new_str does: the edit seems to be applied already. View the file again."
    wanted = old.strip().splitlines() or [""]
    near = difflib.get_close_matches(wanted[0], text.splitlines(), n=3, cutoff=0.6)
    hint = " The nearest lines are:\n" + "\n".join(near) if near else ""
    return f"old_str does not occur. View the file again and copy the text exactly.{hint}"


def _line_numbers(text: str, old: str) -> list[int]:
    numbers: list[int] = []
    start = text.find(old)
    while start != -1 and len(numbers) < 10:
        numbers.append(text[:start].count("\n") + 1)
        start = text.find(old, start + 1)
    return numbers


def _around(path: Path, line: int, new: str) -> str:
    lines = _read(path).splitlines()
    first = max(1, line - CONTEXT_LINES)
    last = min(len(lines), line + new.count("\n") + CONTEXT_LINES)
    return "\n".join(f"{number:6}\t{lines[number - 1]}" for number in range(first, last + 1))


def _two_levels(folder: Path) -> list[Path]:
    found = []
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        found.append(entry)
        if entry.is_dir() and not entry.is_symlink():
            found += [below for below in entry.iterdir() if not below.name.startswith(".")]
    return found


if __name__ == "__main__":
    sys.exit(main())
