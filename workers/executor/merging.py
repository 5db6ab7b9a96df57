"""Merging the results of steps: by code, without a working tree, so that nothing depends on a model remembering it."""

from collections.abc import Sequence
from dataclasses import dataclass

from mycoderai.workers.executor.run_repository import RunRepository


@dataclass(frozen=True, slots=True)
class MergedCommit:
    commit: str
    tree: str
    conflicts: tuple[str, ...]
    """Files that hold conflict markers."""


async def merge_all(repository: RunRepository, commits: Sequence[str], *, at_s: int) -> MergedCommit | None:
    """Merge the commits one after the other; None for none. Same arguments, same commit.

    A conflict does not end it: its markers stay in the files, and what comes after is merged into that.
    """
    if not commits:
        return None
    ours, conflicts = commits[0], dict[str, None]()
    for theirs in commits[1:]:
        if await _contains(repository, ours, theirs):
            continue
        if await _contains(repository, theirs, ours):
            ours = theirs
            continue
        merged = await repository.merge(ours, theirs)
        conflicts |= dict.fromkeys(merged.conflicts)
        ours = await repository.commit(merged.tree, [ours, theirs], "Merge parallel steps", at_s=at_s)
    return MergedCommit(ours, await repository.tree_of(ours), tuple(conflicts))


async def _contains(repository: RunRepository, commit: str, other: str) -> bool:
    return (await repository.git.run("merge-base", "--is-ancestor", other, commit, ok=(0, 1))).code == 0
