"""The user's repository: look at it, pack it for the fleet, take the branch back, show a difference.

Everything a client or an executor does with a repository that belongs to a person goes through these names.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mycoderai.broker.branch import fetch_branch
from mycoderai.broker.checkout import RepositoryError, RepositoryState, inspect, locate
from mycoderai.broker.git import Git, GitError, quoted_path
from mycoderai.broker.packed import (
    BundleHeader,
    PackedFileError,
    PackedHeader,
    open_at,
    read_bundle_header,
    read_packed_header,
    write_bundle_header,
)
from mycoderai.broker.packing import PackedRepository, pack

__all__ = [
    "BundleHeader",
    "PackedFileError",
    "PackedHeader",
    "PackedRepository",
    "RepositoryError",
    "RepositoryState",
    "diff",
    "fetch_branch",
    "index_objects",
    "inspect",
    "make_bare",
    "pack",
    "patch",
    "read_bundle_header",
    "read_packed_header",
    "unpack",
    "write_bundle_header",
]

OBJECT_FORMATS = ("sha1", "sha256")
_MAX_DIFF_BYTES = 4 * 1024 * 1024


async def diff(
    source: Path, base: str, commit: str, *, bundles: Sequence[Path] = (), max_bytes: int = _MAX_DIFF_BYTES
) -> str:
    """The difference between two commits or trees as a patch, cut after `max_bytes` with a line that says so.

    `source` is a repository, a git directory or a packed repository. Objects of `bundles` are looked at in a scratch
    folder; `source` is not written to.

    Raises:
        RepositoryError: `source` is none of these.
        PackedFileError: a packed file or bundle is damaged.
        GitError: a commit is not there.
    """
    with tempfile.TemporaryDirectory(prefix="mycoder-diff-") as folder:
        git = await _reader(source, Path(folder))
        for bundle in bundles:
            _, offset = await asyncio.to_thread(read_bundle_header, bundle)
            await index_objects(git, bundle, offset)
        return await patch(git, base, commit, max_bytes)


async def patch(git: Git, base: str, commit: str, max_bytes: int) -> str:
    """As `diff`, with a git that sees both."""
    wrote = await git.run(
        *("diff-tree", "-r", "-p", "--no-ext-diff", "--no-textconv", "--find-renames", base, commit),
        max_bytes=max_bytes,
    )
    text = wrote.stdout.decode(errors="replace")
    return f"{text}\n[cut after {max_bytes} bytes]\n" if wrote.truncated else text


async def unpack(packed_file: Path, git_dir: Path) -> PackedHeader:
    """Make a bare repository at `git_dir`, which must not exist, from a packed repository.

    Raises:
        PackedFileError: not a packed repository, cut short, or not holding what its header says.
    """
    header, offset = await asyncio.to_thread(read_packed_header, packed_file)
    await asyncio.to_thread(make_bare, git_dir, header.object_format)
    if header.shallow:
        await asyncio.to_thread((git_dir / "shallow").write_text, "".join(f"{c}\n" for c in header.shallow))
    git = Git(git_dir=git_dir)
    await index_objects(git, packed_file, offset)
    found = await git.run("rev-parse", f"{header.commit}^{{tree}}", ok=(0, 128))
    if found.line != header.tree:
        raise PackedFileError(f"{packed_file.name} does not hold the tree that it names")
    await asyncio.to_thread(_write_ref, git_dir / "refs/mycoder/start", header.commit)
    return header


def make_bare(git_dir: Path, object_format: str = "sha1") -> None:
    """An empty bare repository, as gitrepository-layout describes it; `git init` takes as long as all the rest.

    Raises:
        PackedFileError: there is no such object format. It often comes from a file that somebody else has written, and
            anything more than a name would be taken for other settings of git, which can name programs to run.
    """
    if object_format not in OBJECT_FORMATS:
        raise PackedFileError(f"git knows no object format {object_format[:80]!r}")
    for folder in ("objects", "refs/heads"):
        (git_dir / folder).mkdir(parents=True)
    (git_dir / "HEAD").write_text("ref: refs/heads/main\n")
    version = "0" if object_format == "sha1" else f"1\n[extensions]\n\tobjectFormat = {object_format}"
    (git_dir / "config").write_text(f"[core]\n\tbare = true\n\trepositoryFormatVersion = {version}\n")


def _write_ref(ref: Path, commit: str) -> None:
    ref.parent.mkdir(parents=True)
    ref.write_text(f"{commit}\n")


async def _reader(source: Path, scratch: Path) -> Git:
    if source.is_file():
        await unpack(source, scratch / "repository")
        return Git(git_dir=scratch / "repository")
    checkout = await locate(source)
    if checkout is None:
        raise RepositoryError(f"{source} is not a git repository.", "Name a repository.")
    objects = scratch / "objects"
    objects.mkdir()
    return checkout.git.with_env(
        GIT_OBJECT_DIRECTORY=str(objects),
        GIT_ALTERNATE_OBJECT_DIRECTORIES=quoted_path(await checkout.path("objects")),
    )


async def index_objects(git: Git, file: Path, offset: int) -> None:
    """Add the pack at `offset` of a file to a repository.

    Raises:
        PackedFileError: the pack is damaged, or builds upon objects that are not there.
    """
    with await asyncio.to_thread(open_at, file, offset) as pack_file:
        try:
            await git.run("index-pack", "--stdin", "--fix-thin", stdin=pack_file)
        except GitError as err:
            raise PackedFileError(f"git cannot read the objects in {file.name}: {err.stderr.strip()}") from err
