"""Repositories from strangers: what git does with them is bounded in time, memory and size, and objects are checked.

What comes of one is a packed repository, as `packing` makes it of a person's own.
"""

import asyncio
import re
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mycoderai.broker.checkout import RepositoryError
from mycoderai.broker.git import Git, GitError
from mycoderai.broker.packing import PackedRepository, pack

WITHIN_S = 180.0
LISTING_BYTES = 32 << 20
"""Names of all files of one commit; a tree that names itself ten times at ten levels has more."""
LIMITS = {resource.RLIMIT_AS: 4 << 30, resource.RLIMIT_CPU: 120, resource.RLIMIT_FSIZE: 2 << 30}
BROKEN = ("hasDot", "hasDotdot", "hasDotgit", "fullPathname", "emptyName", "nullSha1")
"""What git only warns of by default: paths that no checkout should have."""
TOLERATED = (
    *("missingEmail", "badEmail", "missingSpaceBeforeEmail", "missingNameBeforeEmail", "missingSpaceBeforeDate"),
    *("badName", "badTimezone", "badDate", "badDateOverflow", "zeroPaddedDate", "zeroPaddedFilemode"),
)
"""What old histories have and nobody trips over."""
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+@-]*")
_DEPTH_OF_NAME = 12


def is_commit(text: str) -> bool:
    return _COMMIT.fullmatch(text) is not None


def is_ref(text: str) -> bool:
    """Whether text is a ref, or the end of one, that git and file systems take as nothing else."""
    parts = text.split("/")
    plain = all(_NAME.fullmatch(part) and ".." not in part and "@{" not in part for part in parts)
    odd_end = any(part.endswith((".lock", ".")) for part in parts)
    return plain and not odd_end and len(text) <= 200 and len(parts) <= _DEPTH_OF_NAME


def guarded(git_dir: Path) -> Git:
    return Git(git_dir=git_dir, limits=LIMITS)


@asynccontextmanager
async def in_bounds(what: str, fix: str) -> AsyncIterator[None]:
    """Raises RepositoryError in git's place, and when it takes too long."""
    try:
        async with asyncio.timeout(WITHIN_S):
            yield
    except TimeoutError as err:
        raise RepositoryError(f"{what} takes git longer than {WITHIN_S:.0f} s.", fix) from err
    except GitError as err:
        raise RepositoryError(f"git refuses {what}: {sentence(err.stderr)}.", fix) from err


async def packed_from(git_dir: Path, commit: str, branch: str, out: Path) -> PackedRepository:
    """Pack a commit of a repository that was just received, as if it was checked out."""
    named = f"ref: refs/heads/{branch}\n" if branch else f"{commit}\n"
    if branch:
        ref = git_dir / "refs" / "heads" / branch
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(f"{commit}\n")
    (git_dir / "HEAD").write_text(named)
    listing = await guarded(git_dir).run(
        "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, max_bytes=LISTING_BYTES
    )
    if listing.truncated:
        raise RepositoryError("The commit has more files than can be handled.", "Hand over less.")
    return await pack(git_dir, dirty=False, out=out)


def sentence(stderr: str) -> str:
    """The line of git's complaints that says most, without terminal codes and without what it is prefixed with."""
    lines = [re.sub(r"[^\x20-\x7e]", "", line).strip() for line in stderr.splitlines()]
    told = [line for line in lines if line.startswith(("fatal:", "error:"))] or [line for line in lines if line]
    return told[0].partition(": ")[2][:300] or told[0][:300] if told else "no reason given"
