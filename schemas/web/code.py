"""The code of a run as a person looks at it: its checkpoints, what changed between two, files, who wrote which line.

A checkpoint is named in queries by a word: `base` (what the run was given), `result` (what it hands back), `newest`
(the result, or the last checkpoint so far), `start:<step>` (where a step began), `step:<step>` (its result, or its last
checkpoint so far), `turn:<step>:<n>`, or the whole id of a commit that the run recorded.
"""

from typing import Annotated, Literal

import msgspec

CheckpointKind = Literal["base", "start", "turn", "rewind", "step", "result"]
FileStatus = Literal["A", "M", "D", "R", "T"]
"""Added, modified, deleted, renamed, of another type."""
FileKind = Literal["file", "directory", "symlink", "submodule"]


class CheckpointLine(msgspec.Struct, frozen=True, kw_only=True):
    """A state of the code that can be looked at."""

    name: str
    """What a query calls it."""
    kind: CheckpointKind
    commit: str
    tree: str = ""
    """Equal trees are equal code; empty as long as no step has begun."""
    step: str = ""
    attempt: int = 0
    turn: int = 0
    at: str = ""
    """RFC 3339; empty for what the run was given."""
    label: str
    """For a person."""


class Checkpoints(msgspec.Struct, frozen=True, kw_only=True):
    """In the order in which they were recorded."""

    run: str
    checkpoints: tuple[CheckpointLine, ...]
    newest: str = ""
    """The name of the one `newest` means."""
    finished: bool = False


class DiffQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    from_: str = msgspec.field(name="from", default="base")
    to: str = "newest"


class PatchQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    from_: str = msgspec.field(name="from", default="base")
    to: str = "newest"
    path: str = ""
    """A file's path, as the list of changed files has it; empty: all files."""
    context: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 3
    """Lines around a change."""
    file_bytes: Annotated[int, msgspec.Meta(ge=1, le=2 << 20)] = 2 << 20
    """A file's patch is cut at the end of a line before this, unless one path is asked for."""


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    old_path: str = ""
    """Of a renamed file."""
    status: FileStatus
    old_kind: FileKind | Literal[""] = ""
    kind: FileKind | Literal[""] = ""
    additions: int = 0
    deletions: int = 0
    """Lines; nought for a binary file."""
    binary: bool = False
    old_size: int = 0
    new_size: int = 0
    too_large: bool = False
    """So large that it is treated as binary."""


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    files: int = 0
    additions: int = 0
    deletions: int = 0


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between two checkpoints, ordered by path."""

    from_: CheckpointLine = msgspec.field(name="from")
    to: CheckpointLine
    files: tuple[FileChange, ...]
    totals: Totals
    """Of all files, also of those left out."""
    more: bool = False
    """There are more files than are listed."""


class FilePatch(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    patch: str
    """As git writes it; of a binary file the header alone."""
    cut: bool = False


class Patches(msgspec.Struct, frozen=True, kw_only=True):
    """The patches of many files at once, in the order of the list of changed files."""

    files: tuple[FilePatch, ...]
    more: bool = False
    """The whole was too much: the files after these have to be asked for by their paths."""


class FilesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: str = "newest"
    path: str = ""
    """A directory; empty: the top."""
    changed: bool = False
    """Instead of a directory's entries, all paths below it that differ from what the run was given."""


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    path: str
    kind: FileKind
    size: int = 0
    """Of a file, in bytes."""
    mode: str = ""
    """As git writes it, such as `100755`."""
    changed: FileStatus | Literal[""] = ""
    """How it differs from what the run was given; of a directory, `M` when anything below does."""


class Files(msgspec.Struct, frozen=True, kw_only=True):
    at: CheckpointLine
    path: str
    entries: tuple[FileEntry, ...]
    """Directories first, then by name."""
    more: bool = False


class ContentQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: str = "newest"
    path: str


class BlameRange(msgspec.Struct, frozen=True, kw_only=True):
    """Lines next to each other that came in at the same point."""

    first: int
    """Counted from 1."""
    lines: int
    kind: CheckpointKind
    """`base`: they were there before; `start`: made by merging the results that a step began with."""
    step: str = ""
    attempt: int = 0
    turn: int = 0
    at: str = ""
    checkpoint: str = ""
    """The name of that point."""


class Blame(msgspec.Struct, frozen=True, kw_only=True):
    at: CheckpointLine
    path: str
    ranges: tuple[BlameRange, ...]
    """Cover the whole file, in order."""


class OutputSection(msgspec.Struct, frozen=True, kw_only=True):
    """What one tool call returned, as a part of its step's output."""

    turn: int
    attempt: int
    at: str
    tool: str
    call: str
    exit_code: int = 0
    truncated: bool = False
    """It was cut in the middle; the whole is `artifact`, where there is one."""
    artifact: str = ""
    first: int
    """Where it begins in the output, in bytes, with its heading."""
    bytes: int


class StepOutput(msgspec.Struct, frozen=True, kw_only=True):
    """How a step's output is made up. It only grows, at its end."""

    step: str
    bytes: int
    sections: tuple[OutputSection, ...]
    seq: int = 0
    """Of the last event it shows."""


class OutputQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    after: int = 0
    """Sections after this sequence of the run's log only."""
