"""`str_replace_editor`: view, create, str_replace, insert, undo_edit."""

from __future__ import annotations

import os

from . import undo
from .files import inside, read, shown, write
from .ladder import Several, find_loosely
from .lines import Lines, as_lines, numbered, split
from .request import Refused, integer, line_range, text
from .view import view_file, view_folder

CONTEXT_LINES = 4
MAX_PLACES = 10

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .request import Request


def run(request: Request, root: str) -> str:
    command = text(request, "command")
    if command not in COMMANDS:
        raise Refused(f"Unknown command {command!r}. Commands: {', '.join(COMMANDS)}.")
    return COMMANDS[command](root, inside(root, text(request, "path")), request)


def view(root: str, path: str, request: Request) -> str:
    wanted = line_range(request, "view_range")
    if os.path.isdir(path):
        return view_folder(path)
    return view_file(read(path, shown(root, path)), wanted)


def create(root: str, path: str, request: Request) -> str:
    name = shown(root, path)
    if os.path.lexists(path):
        raise Refused(f"{name} exists; use str_replace to change it.")
    if request.get("file_text") is None:
        raise Refused("`file_text` is missing: it is the whole content of the new file.")
    return f"Created {name}." + _save(root, path, None, text(request, "file_text"))


def str_replace(root: str, path: str, request: Request) -> str:
    name = shown(root, path)
    before, old, new = read(path, name), text(request, "old_str"), text(request, "new_str")
    if not old:
        raise Refused("`old_str` is empty.")
    if old == new:
        raise Refused("`old_str` and `new_str` are the same: nothing to change.")
    file = split(before)
    exact_old, exact_new = (_with_endings(part, before, file.newline) for part in (old, new))
    starts = _occurrences(before, exact_old)
    if len(starts) > 1:
        raise Refused(_several("occurs", [before.count("\n", 0, start) + 1 for start in starts]))
    if starts:
        return _replace_exactly(root, path, before, starts[0], exact_old, exact_new)
    return _replace_loosely(root, path, before, file, old, new)


def _replace_exactly(root: str, path: str, before: str, start: int, old: str, new: str) -> str:
    name = shown(root, path)
    ahead = new.find(old)
    if 0 <= ahead <= start and before.startswith(new, start - ahead):
        raise Refused(f"new_str stands in {name} already, around old_str: the edit seems to be applied. View it again.")
    after = before[:start] + new + before[start + len(old) :]
    note = _save(root, path, before, after)
    line = before.count("\n", 0, start) + 1
    return f"Replaced at line {line} of {name}.{note}\n{_around(after, line, new.count(chr(10)) + 1)}"


def _replace_loosely(root: str, path: str, before: str, file: Lines, old: str, new: str) -> str:
    name = shown(root, path)
    try:
        found = find_loosely(file, old, new)
    except Several as several:
        places = [start + 1 for start in several.starts]
        raise Refused(_several(f"occurs, but for {several.ignored},", places)) from None
    if found is None:
        raise Refused(_not_found(before, file, old, new, name))
    file.splice(found.start, found.count, found.replacement)
    after = file.joined()
    note = _save(root, path, before, after)
    return (
        f"Replaced at line {found.start + 1} of {name}. It matched loosely: old_str differed from the file in "
        f"{found.ignored}, and new_str was fitted to the file. Check it below.{note}\n"
        f"{_around(after, found.start + 1, len(found.replacement))}"
    )


def insert(root: str, path: str, request: Request) -> str:
    name = shown(root, path)
    before = read(path, name)
    file = split(before)
    after_line = integer(request, "insert_line")
    if not 0 <= after_line <= len(file.texts):
        raise Refused(f"`insert_line` must be between 0 and {len(file.texts)}.")
    if request.get("new_str") is None:
        raise Refused("`new_str` is missing: it is the text to insert.")
    new = as_lines(text(request, "new_str")) or [""]
    file.splice(after_line, 0, new)
    after = file.joined()
    note = _save(root, path, before, after)
    return f"Inserted after line {after_line} of {name}.{note}\n{_around(after, after_line + 1, len(new))}"


def undo_edit(root: str, path: str, request: Request) -> str:
    name = shown(root, path)
    before = undo.last(root, path, name)
    if before is None:
        os.unlink(path)
    else:
        write(path, before, name)
    undo.forget_last(root, path)
    return f"Undone: {name} is not there any more." if before is None else f"Undone: {name} is as before its last edit."


COMMANDS = {"view": view, "create": create, "str_replace": str_replace, "insert": insert, "undo_edit": undo_edit}


def _save(root: str, path: str, before: str | None, after: str) -> str:
    write(path, after, shown(root, path))
    return undo.remember(root, path, before)


def _with_endings(part: str, whole: str, newline: str) -> str:
    """Models write plain newlines; a file may hold other ones, all of them or most."""
    if "\r\n" not in whole and "\r\n" not in part:
        return part
    return part.replace("\r\n", "\n").replace("\n", newline)


def _occurrences(whole: str, part: str) -> list[int]:
    starts: list[int] = []
    start = whole.find(part)
    while start != -1 and len(starts) <= MAX_PLACES:
        starts.append(start)
        start = whole.find(part, start + 1)
    return starts


def _several(how: str, places: list[int]) -> str:
    more = "" if len(places) <= MAX_PLACES else " and more"
    listed = ", ".join(str(place) for place in places[:MAX_PLACES])
    return f"old_str {how} at lines {listed}{more}. Nothing was changed. Add lines around it to make it unique."


def _not_found(before: str, file: Lines, old: str, new: str, name: str) -> str:
    from .nearest import is_there, nearest_lines

    if is_there(before, new):
        return (
            f"old_str does not occur in {name}, but new_str does: the edit seems to be applied already. View it again."
        )
    near = nearest_lines(file.texts, as_lines(old))
    hint = f" The nearest lines are:\n{near}" if near else ""
    return f"old_str does not occur in {name}. View the file again and copy the text exactly.{hint}"


def _around(after: str, line: int, height: int) -> str:
    texts = as_lines(after)
    return numbered(texts, max(1, line - CONTEXT_LINES), min(len(texts), line + height - 1 + CONTEXT_LINES))
