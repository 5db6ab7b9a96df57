"""The two files that carry git objects between machines: one header each, then a git pack to the end of the file.

A *packed repository* starts a run: it is complete without any other repository, up to a shallow boundary. A *bundle*
is git's own format (gitformat-bundle) and holds what a commit adds to another one. Both are written and read here
rather than by `git bundle`, which knows no shallow boundary, wants a ref for each commit it writes, and refuses a
commit to build upon that is there but on no branch.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from mycoderai.schemas.errors import PermanentError

_MAGIC = b"mycoder-pack 1\n"
_BUNDLE_V2 = b"# v2 git bundle\n"
_BUNDLE_V3 = b"# v3 git bundle\n"
_MAX_HEADER_BYTES = 16 * 1024 * 1024


class PackedFileError(PermanentError):
    """The file is not what its name says, or it is cut short."""


class PackedHeader(msgspec.Struct, frozen=True, kw_only=True):
    """First lines of a packed repository."""

    commit: str
    base: str | None
    """The user's HEAD when the commit was made on top of it, or is it; None when there was no commit."""
    tree: str
    branch: str | None
    shallow: list[str]
    """Commits whose parents were left out."""
    object_format: str = "sha1"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleHeader:
    """First lines of a bundle."""

    refs: dict[str, str]
    """Commit by ref name."""
    needs: tuple[str, ...]
    """Commits that must be in the repository already."""
    object_format: str = "sha1"


def write_packed_header(file: BinaryIO, header: PackedHeader) -> None:
    """Leaves the file at the place where the pack starts, also for another process that gets the descriptor."""
    file.write(_MAGIC + msgspec.json.encode(header) + b"\n")
    file.flush()


def read_packed_header(path: Path) -> tuple[PackedHeader, int]:
    """The header and the offset of the pack.

    Raises:
        PackedFileError: not a packed repository.
    """
    with path.open("rb") as file:
        if file.readline(len(_MAGIC)) != _MAGIC:
            raise PackedFileError(f"{path.name} is not a packed repository")
        try:
            header = msgspec.json.decode(file.readline(_MAX_HEADER_BYTES), type=PackedHeader)
        except (msgspec.DecodeError, UnicodeDecodeError) as err:
            raise PackedFileError(f"{path.name} has a damaged header: {err}") from err
        return header, file.tell()


def write_bundle_header(file: BinaryIO, header: BundleHeader) -> None:
    """As `write_packed_header`, for a bundle."""
    sha1 = header.object_format == "sha1"
    lines = [_BUNDLE_V2 if sha1 else _BUNDLE_V3 + f"@object-format={header.object_format}\n".encode()]
    lines += [f"-{commit}\n".encode() for commit in header.needs]
    lines += [f"{commit} {ref}\n".encode() for ref, commit in header.refs.items()]
    file.write(b"".join(lines) + b"\n")
    file.flush()


def read_bundle_header(path: Path) -> tuple[BundleHeader, int]:
    """The header and the offset of the pack.

    Raises:
        PackedFileError: not a bundle, or one with capabilities this version does not know.
    """
    refs: dict[str, str] = {}
    needs: list[str] = []
    object_format = "sha1"
    with path.open("rb") as file:
        if file.readline(len(_BUNDLE_V2)) not in (_BUNDLE_V2, _BUNDLE_V3):
            raise PackedFileError(f"{path.name} is not a git bundle")
        while (line := os.fsdecode(file.readline(_MAX_HEADER_BYTES))) != "\n":
            match line[:1], line.rstrip("\n"):
                case "@", text if text.startswith("@object-format="):
                    object_format = text.partition("=")[2]
                case "-", text:
                    needs.append(text[1:].split(" ", 1)[0])
                case (("" | "@"), _):
                    raise PackedFileError(f"{path.name} has a damaged or unknown bundle header")
                case _, text:
                    commit, _, ref = text.partition(" ")
                    refs[ref] = commit
        return BundleHeader(refs=refs, needs=tuple(needs), object_format=object_format), file.tell()


def open_at(path: Path, offset: int) -> BinaryIO:
    """The file at `offset`, unbuffered, so that a process given its descriptor reads from there."""
    file = path.open("rb", buffering=0)
    file.seek(offset)
    return file
