"""Merging again what a step began with, when nothing that holds the merge is stored yet."""

import asyncio
from collections.abc import Sequence

from mycoderai.gateway.code.bounded import BoundedGit
from mycoderai.gateway.code.loose import write_commit


async def merge_parts(git: BoundedGit, commits: Sequence[str]) -> str:
    """The tree of the merge of commits, one after the other, as executors make it."""
    ours = commits[0]
    for theirs in commits[1:]:
        if await _contains(git, ours, theirs):
            continue
        if await _contains(git, theirs, ours):
            ours = theirs
            continue
        tree = await _merged(git, ours, theirs)
        ours = await asyncio.to_thread(write_commit, git.git_dir, tree, [ours, theirs], "Merge parallel steps", 0)
    return (await git.run("rev-parse", "--verify", f"{ours}^{{tree}}")).line


async def _merged(git: BoundedGit, ours: str, theirs: str) -> str:
    merged = await git.run(
        *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", "--allow-unrelated-histories"),
        *(ours, theirs),
        ok=(0, 1),
    )
    return merged.items[0]


async def _contains(git: BoundedGit, commit: str, other: str) -> bool:
    return (await git.run("merge-base", "--is-ancestor", other, commit, ok=(0, 1))).code == 0
