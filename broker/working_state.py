"""The files of a work tree as a commit, whatever git's own `add` would run or trip over on the way."""

import os
import time

from mycoderai.broker.git import Git, author

_LISTED = 5


async def commit_working_state(git: Git, parent: str | None) -> tuple[str, list[str]]:
    """Commit what the work tree holds on top of `parent`, which is returned itself when nothing differs.

    `git` names an index and an object store that may be written to. Also returns sentences for the user about what
    was left out.

    Raises:
        GitError: git cannot read the work tree.
    """
    notes = []
    untracked = await git.run("ls-files", "-z", "--others", "--exclude-standard")
    nested = [item.rstrip("/") for item in untracked.items if item.endswith("/")]
    if nested:
        notes.append(f"Left out, because they are repositories of their own: {listed(nested)}.")
    # `add` would run `git status` inside of submodules, with the configuration found there.
    kept_out = [*await _index_gitlinks(git), *nested]
    pathspec = "\0".join([":/", *(f":(top,exclude,literal){path}" for path in kept_out)])
    added = await git.run(
        *("add", "--all", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"),
        stdin=os.fsencode(pathspec),
        ok=(0, 1),
    )
    if added.code:
        notes.append(f"Some files could not be read and are left out: {_first_line(added.stderr)}")
    tree = (await git.run("write-tree")).line
    if parent and tree == (await git.run("rev-parse", f"{parent}^{{tree}}")).line:
        return parent, notes
    return await _commit_tree(git, tree, parent), notes


async def _index_gitlinks(git: Git) -> list[str]:
    staged = await git.run("ls-files", "-z", "--stage")
    return [item.partition("\t")[2] for item in staged.items if item.startswith("160000 ")]


async def _commit_tree(git: Git, tree: str, parent: str | None) -> str:
    """The same state on the same commit is the same commit, so a submission that is tried again changes nothing."""
    at_s = int(time.time())
    if parent:
        at_s = int((await git.run("log", "-1", "--format=%ct", "--no-show-signature", parent)).line)
    parents = ["-p", parent] if parent else []
    commit = await git.with_env(**author(at_s)).run("commit-tree", tree, *parents, "-m", "Working state")
    return commit.line


def listed(paths: list[str] | tuple[str, ...]) -> str:
    """The first few paths, for a sentence."""
    shown = ", ".join(paths[:_LISTED])
    return shown if len(paths) <= _LISTED else f"{shown} and {len(paths) - _LISTED} more"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
