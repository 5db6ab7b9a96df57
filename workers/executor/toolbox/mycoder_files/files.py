"""Reading and writing the workspace's files. The box is what keeps a path inside; the checks here explain."""

from __future__ import annotations

import os

from .request import Refused

MAX_BYTES = 8 << 20


def inside(root: str, name: str) -> str:
    """The real path of a name in the workspace, relative or absolute. Raises Refused when it leads out of it."""
    if not name.strip() or "\0" in name:
        raise Refused("`path` is missing: give the path of a file, relative to the workspace.")
    top = os.path.realpath(root)
    path = os.path.realpath(os.path.join(top, name))
    if path != top and not path.startswith(top.rstrip("/") + "/"):
        raise Refused(f"{name!r} is not inside the workspace {top}. Give a path relative to it.")
    return path


def shown(root: str, path: str) -> str:
    """A path as results name it: relative to the workspace."""
    return os.path.relpath(path, os.path.realpath(root))


def read(path: str, name: str) -> str:
    """A file's text, byte for byte: what is not UTF-8 comes back as it was when it is written."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise Refused(f"{name} is not a file.")
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise Refused(f"{name} does not exist. Look with `view` on its folder.") from None
    except OSError as err:
        raise Refused(f"{name} cannot be read: {err.strerror}.") from None
    if len(content) > MAX_BYTES:
        raise Refused(
            f"{name} is too large for the editor, which takes {MAX_BYTES >> 20} MB. Use `bash` on parts of it."
        )
    if b"\0" in content:
        raise Refused(f"{name} is not a text file.")
    return content.decode("utf-8", "surrogateescape")


def write(path: str, text: str, name: str) -> None:
    """Replace a file's content at once: whoever reads it sees the old or the new one. Its rights stay."""
    temporary = stage(path, text, name)
    try:
        os.replace(temporary, path)
    except OSError as err:
        os.unlink(temporary)
        raise Refused(f"{name} cannot be written: {err.strerror}.") from None


def stage(path: str, text: str, name: str, like: str = "") -> str:
    """Write the content beside where it will go; the path of that file, which a rename makes the real one.

    It gets the rights of the file it is like, by default of the one it replaces.
    """
    folder = os.path.dirname(path)
    temporary = os.path.join(folder, f".new-{os.urandom(8).hex()}")
    try:
        os.makedirs(folder, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(encoded(text))
            if os.path.exists(like or path):
                os.fchmod(file.fileno(), os.stat(like or path).st_mode & 0o777)
    except OSError as err:
        raise Refused(f"{name} cannot be written: {err.strerror}.") from None
    return temporary


def encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding of a file can hold
        return text.encode("utf-8", "replace")
