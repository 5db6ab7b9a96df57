"""A git bundle from a stranger as a packed repository."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from mycoderai.broker.checkout import RepositoryError
from mycoderai.broker.git import Git
from mycoderai.broker.guarded import BROKEN, TOLERATED, guarded, in_bounds, is_commit, is_ref, packed_from
from mycoderai.broker.packed import BundleHeader, PackedFileError, open_at, read_bundle_header
from mycoderai.broker.packing import PackedRepository
from mycoderai.broker.repository import make_bare

HEADER_BYTES = 1 << 20
_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_USUAL = ("refs/heads/main", "refs/heads/master")
_CHECK = "Look at the repository with: git fsck --strict"
_AGAIN = "Make it with: git bundle create FILE HEAD main"
_STRICT = ",".join([*(f"{name}=error" for name in BROKEN), *(f"{name}=ignore" for name in TOLERATED)])


async def repack(bundle: Path, ref: str, folder: Path) -> tuple[PackedRepository, str]:
    """The packed repository of a bundle, written into an empty folder, and the ref that was taken.

    Raises:
        RepositoryError: not a bundle, cut short, incomplete, without the ref, or with objects that git calls broken.
    """
    header, offset = await asyncio.to_thread(_header, bundle)
    taken, commit = chosen(header.refs, ref)
    git_dir = folder / "received.git"
    make_bare(git_dir, header.object_format)
    git = guarded(git_dir)
    async with in_bounds("the bundle", _CHECK):
        await _take_in(git, bundle, offset)
        commit = (await git.run("rev-parse", "--verify", f"{commit}^{{commit}}")).line
        branch = _branch(header.refs, taken)
        return await packed_from(git_dir, commit, branch, folder / "repository.pack"), taken


async def first_commit(folder: Path) -> str:
    """Of the history that `repack` left in its folder: what names a repository wherever it is cloned."""
    async with in_bounds("the history", _CHECK):
        found = await guarded(folder / "received.git").run("rev-list", "--max-parents=0", "HEAD", max_bytes=1 << 16)
    return found.line.splitlines()[-1]


def chosen(refs: Mapping[str, str], asked: str) -> tuple[str, str]:
    """The ref that is meant, and its object. Raises RepositoryError."""
    if asked:
        names: tuple[str, ...] = (asked, _HEADS + asked, _TAGS + asked)
    else:
        heads = [name for name in refs if name.startswith(_HEADS)]
        names = ("HEAD", *_USUAL, *(heads if len(heads) == 1 else ()), *(list(refs) if len(refs) == 1 else ()))
    for name in names:
        if name in refs:
            return _checked(name, refs[name])
    known = ", ".join(sorted(name for name in refs if is_ref(name))[:10])
    said = f"The bundle has no ref {asked[:80]!r}." if asked else "The bundle does not say which branch is meant."
    raise RepositoryError(said, f"Its refs: {known or 'none'}")


def _checked(name: str, commit: str) -> tuple[str, str]:
    if not is_ref(name) or not is_commit(commit):
        raise RepositoryError("The bundle has a ref that is not allowed.", _AGAIN)
    return name, commit


def _header(bundle: Path) -> tuple[BundleHeader, int]:
    with bundle.open("rb") as file:
        start = file.read(HEADER_BYTES)
    if start.startswith(b"# v") and b"\n\n" not in start:
        raise RepositoryError("The bundle ends in its header, or the header is too long.", _AGAIN)
    try:
        header, offset = read_bundle_header(bundle)
    except PackedFileError as err:
        raise RepositoryError("This is no git bundle that can be read.", _AGAIN) from err
    if header.needs:
        raise RepositoryError("The bundle builds on commits that it does not hold.", _AGAIN)
    if header.object_format not in ("sha1", "sha256"):
        raise RepositoryError("The bundle uses hashes that are not known.", _AGAIN)
    return header, offset


async def _take_in(git: Git, bundle: Path, offset: int) -> None:
    with await asyncio.to_thread(open_at, bundle, offset) as pack_file:
        await git.run("index-pack", "--stdin", f"--strict={_STRICT}", stdin=pack_file)


def _branch(refs: Mapping[str, str], taken: str) -> str:
    """The branch that HEAD stands for, or that was named; empty for a tag."""
    same = [name for name in (taken, *_USUAL, *refs) if name.startswith(_HEADS) and refs.get(name) == refs[taken]]
    if taken.startswith(_TAGS):
        return ""
    return next((name.removeprefix(_HEADS) for name in same if is_ref(name)), "")
