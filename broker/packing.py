"""Packing the user's repository for the fleet: the last commits, or the working state as a commit on top of them.

Nothing of the user's is changed. What has to be written (an index, blobs of changed files, a commit) goes to a
scratch folder that stands in front of the repository's object store and is gone afterwards.
"""

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from mycoderai.broker.checkout import Checkout, RepositoryError, damaged, gitlinks, locate
from mycoderai.broker.git import Git, GitError, quoted_path
from mycoderai.broker.packed import PackedHeader, write_packed_header
from mycoderai.broker.working_state import commit_working_state, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRepository:
    """A file from which any executor restores the state to work on."""

    commit: str
    """What the fleet starts from."""
    base_commit: str | None
    """The user's HEAD, which the result is bundled against; None when there was no commit to build on."""
    tree: str
    branch: str | None
    notes: list[str]
    """Sentences for the user about what was taken and what was not."""
    roles: tuple[str, ...]
    """Names of the role files in the commit's `.mycoder/roles` folder."""
    file: Path
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the commit to pack is: a git that sees it, and what to tell the user."""

    git: Git
    commit: str
    base: str | None
    branch: str | None
    object_format: str
    notes: list[str]
    depth: int


async def pack(path: Path, *, dirty: bool, depth: int = 50, out: Path) -> PackedRepository:
    """Write the last `depth` commits of the repository at `path` to the file `out`, replacing it at the end.

    `dirty` adds a commit with the working state: tracked changes, deletions, and files that are neither tracked nor
    ignored. A folder that is not a repository is packed as one commit of everything that its .gitignore files let
    through, whatever `dirty` says. The files are not read by this process, and the folder, the index, the refs and
    the object store stay as they are.

    Raises:
        RepositoryError: with what the user can do about it.
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1, not {depth}")
    checkout = await locate(path)
    with _scratch() as scratch:
        try:
            if checkout is None:
                source = await _from_folder(path.expanduser().resolve(), scratch)
            else:
                source = await _from_checkout(checkout, scratch, dirty=dirty, depth=depth)
            return await _write(source, out)
        except GitError as err:
            raise damaged(checkout.root if checkout else path, err) from err


async def _from_folder(folder: Path, scratch: Path) -> _Source:
    if folder in (Path(folder.anchor), Path.home()):
        raise RepositoryError(f"{folder} is too much to hand over.", "Name the folder of one project.")
    git_dir = scratch / "repository"
    await Git().run("init", "--quiet", "--bare", "--template=", str(git_dir))
    git = Git(git_dir=git_dir, work_tree=folder, config={"core.bare": "false"})
    commit, notes = await commit_working_state(git, None)
    notes.insert(0, f"{folder} is not a git repository: the fleet works on a copy of its files.")
    return _Source(git, commit, None, None, "sha1", notes, 1)


async def _from_checkout(checkout: Checkout, scratch: Path, *, dirty: bool, depth: int) -> _Source:
    head, branch = await checkout.head(), await checkout.branch()
    notes = []
    if await _is_partial(checkout.git):
        depth = 1
        notes.append("This is a partial clone: the fleet sees its last commit without the history before it.")
    source = _Source(checkout.git, head or "", head, branch, checkout.object_format, notes, depth)
    if dirty and not checkout.is_bare:
        return await _with_working_state(checkout, scratch, source)
    if head is None:
        fix = 'git add -A && git commit -m "Start"'
        raise RepositoryError(f"The repository at {checkout.root} has no commit yet.", fix)
    notes.append(f"Starting from commit {head[:12]}" + (f" of {branch}." if branch else ", which is on no branch."))
    return source


async def _with_working_state(checkout: Checkout, scratch: Path, source: _Source) -> _Source:
    objects = scratch / "objects"
    objects.mkdir()
    index = await checkout.path("index")
    if index.exists():
        # With its times: git takes an entry as unchanged by comparing them with those of the index file.
        await asyncio.to_thread(shutil.copy2, index, scratch / "index")
    git = checkout.git.with_env(
        GIT_INDEX_FILE=str(scratch / "index"),
        GIT_OBJECT_DIRECTORY=str(objects),
        GIT_ALTERNATE_OBJECT_DIRECTORIES=quoted_path(await checkout.path("objects")),
    )
    commit, notes = await commit_working_state(git, source.base)
    where = f"commit {source.base[:12]}" if source.base else "an empty repository"
    changed = "with your uncommitted changes" if commit != source.base else "(there are no uncommitted changes)"
    notes = [*source.notes, f"Starting from {where} {changed}.", *notes]
    return replace(source, git=git, commit=commit, notes=notes, depth=source.depth + (commit != source.base))


async def _write(source: _Source, out: Path) -> PackedRepository:
    header = PackedHeader(
        commit=source.commit,
        base=source.base,
        tree=(await source.git.run("rev-parse", f"{source.commit}^{{tree}}")).line,
        branch=source.branch,
        shallow=await _boundary(source),
        object_format=source.object_format,
    )
    notes = [*source.notes, *await _content_notes(source)]
    size, sha256 = await _write_file(source.git, header, out)
    return PackedRepository(
        commit=header.commit,
        base_commit=header.base,
        tree=header.tree,
        branch=header.branch,
        notes=notes,
        roles=await _role_files(source),
        file=out,
        size=size,
        sha256=sha256,
    )


async def _boundary(source: _Source) -> list[str]:
    """Commits among the last `depth` whose parents stay behind.

    A merge with one parent inside keeps it: the other parent is taken along as one more commit of the boundary, since
    a shallow commit has no parents at all.
    """
    log = await source.git.run("rev-list", "--parents", f"--max-count={source.depth}", source.commit)
    parents = {commit: rest for commit, *rest in (line.split() for line in log.line.splitlines())}
    outside = {p for rest in parents.values() for p in rest if p not in parents}
    kept = {c for c, rest in parents.items() if any(p in parents for p in rest)}
    edge = {p for c in kept for p in parents[c] if p in outside}
    ends = {c for c, rest in parents.items() if rest and c not in kept}
    return sorted(edge | ends | await _already_shallow(source.git, parents))


async def _already_shallow(git: Git, taken: dict[str, list[str]]) -> set[str]:
    found = await git.run("rev-parse", "--path-format=absolute", "--git-path", "shallow")
    boundary = await asyncio.to_thread(_lines, Path(found.line))
    return {commit for commit in boundary if commit in taken}


def _lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


async def _write_file(git: Git, header: PackedHeader, out: Path) -> tuple[int, str]:
    revisions = [*(f"--shallow {commit}" for commit in header.shallow), header.commit, ""]
    part = out.with_name(f".{out.name}.part")
    try:
        with await asyncio.to_thread(part.open, "wb") as file:
            write_packed_header(file, header)
            await git.run(
                *("pack-objects", "--revs", "--stdout", "--quiet", "--delta-base-offset"),
                stdin="\n".join(revisions).encode(),
                stdout=file,
            )
        size, sha256 = await asyncio.to_thread(_measure, part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return size, sha256


def _measure(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


async def _content_notes(source: _Source) -> list[str]:
    notes = []
    if submodules := await gitlinks(source.git, source.commit):
        notes.append(f"Submodules are not checked out for the fleet: {listed(submodules)}.")
    rules = await source.git.run(
        *("grep", "-l", "-z", "-F", "filter=lfs", source.commit, "--", ":(top,glob)**/.gitattributes"), ok=(0, 1)
    )
    if rules.stdout:
        notes.append("Files kept in Git LFS are seen by the fleet as pointers, not as their contents.")
    return notes


async def _role_files(source: _Source) -> tuple[str, ...]:
    found = await source.git.run("ls-tree", "-z", "--name-only", "--full-tree", source.commit, ".mycoder/roles/")
    return tuple(path.stem for path in map(Path, found.items) if path.suffix == ".md")


async def _is_partial(git: Git) -> bool:
    pattern = r"^(extensions\.partialclone|remote\..*\.promisor)$"
    return bool((await git.run("config", "--null", "--get-regexp", pattern, ok=(0, 1))).stdout)


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mycoder-pack-") as folder:
        yield Path(folder)
