"""Bringing a branch of the fleet into the user's repository, without a transport and without a checkout."""

import asyncio
import os
import shlex
import time
from pathlib import Path
from typing import Literal

from mycoderai.broker.checkout import Checkout, RepositoryError, locate
from mycoderai.broker.git import GitError, author
from mycoderai.broker.packed import BundleHeader, PackedFileError, open_at, read_bundle_header

Outcome = Literal["created", "moved", "unchanged"]


async def fetch_branch(repo_path: Path, bundle_file: Path, branch: str, commit: str) -> Outcome:
    """Make `branch` of the repository at `repo_path` point to `commit`, taking the objects from the bundle.

    Working tree, index, HEAD, configuration and every other ref stay as they are. May be repeated: a branch that is
    at the commit, or ahead of it, is left alone. A branch that is behind moves forward.

    Raises:
        RepositoryError: the branch has gone another way, is checked out, or cannot be built here.
    """
    checkout = await locate(repo_path)
    if checkout is None:
        fix = f"git init {shlex.quote(str(repo_path))}"
        raise RepositoryError(f"{repo_path} is not a git repository, so it can hold no branch.", fix)
    await _check_name(checkout, branch)
    current = await _commit_of(checkout, branch)
    if current == commit:
        return "unchanged"
    try:
        await _import(checkout, bundle_file, commit)
    except PackedFileError as err:
        raise RepositoryError(f"The result cannot be read: {err}.", "Pull the branch again.") from err
    if current and await _is_ancestor(checkout, commit, current):
        return "unchanged"
    if current and not await _is_ancestor(checkout, current, commit):
        fix = f"git branch -m {shlex.quote(branch)} {shlex.quote(branch + '-mine')}"
        raise RepositoryError(f"The branch {branch} is there already and has gone another way.", fix)
    await _refuse_checked_out(checkout, branch)
    await _set(checkout, branch, commit, current)
    return "moved" if current else "created"


async def _check_name(checkout: Checkout, branch: str) -> None:
    valid = await checkout.git.run("check-ref-format", "--branch", branch, ok=(0, 1, 128))
    if valid.code or valid.line != branch:
        raise RepositoryError(f"{branch!r} is not a name for a branch.", "Choose another name.")


async def _commit_of(checkout: Checkout, branch: str) -> str | None:
    found = await checkout.git.run(
        "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}", ok=(0, 1, 128)
    )
    return found.line or None


async def _import(checkout: Checkout, bundle_file: Path, commit: str) -> None:
    """Add the objects of the bundle; git checks each of them and every link."""
    header, offset = await asyncio.to_thread(read_bundle_header, bundle_file)
    if commit not in header.refs.values():
        raise PackedFileError(f"{bundle_file.name} does not hold commit {commit[:12]}")
    await _refuse_missing(checkout, header)
    with await asyncio.to_thread(open_at, bundle_file, offset) as file:
        try:
            await checkout.git.run("index-pack", "--stdin", "--fix-thin", "--strict", stdin=file)
        except GitError as err:
            raise PackedFileError(f"git refuses the objects in {bundle_file.name}: {err.stderr.strip()}") from err


async def _refuse_missing(checkout: Checkout, header: BundleHeader) -> None:
    names = "".join(f"{commit}^{{commit}}\n" for commit in header.needs)
    found = await checkout.git.run("cat-file", "--batch-check", stdin=names.encode())
    missing = [line for line in found.line.splitlines() if line.endswith(" missing")]
    if missing:
        raise RepositoryError(
            f"The run started from commit {missing[0][:12]}, which is no longer in {checkout.root}.",
            "Pull into a copy of the repository that still has it, or fetch it from where it was pushed.",
        )


async def _is_ancestor(checkout: Checkout, older: str, newer: str) -> bool:
    return (await checkout.git.run("merge-base", "--is-ancestor", older, newer, ok=(0, 1))).code == 0


async def _refuse_checked_out(checkout: Checkout, branch: str) -> None:
    """A ref that moves below a checkout makes all of its files look changed."""
    worktrees = await checkout.git.run("worktree", "list", "--porcelain", "-z")
    if f"branch refs/heads/{branch}" in worktrees.items:
        fix = "git switch -"
        raise RepositoryError(f"The branch {branch} is checked out, so it cannot be moved.", fix)


async def _set(checkout: Checkout, branch: str, commit: str, current: str | None) -> None:
    change = f"update refs/heads/{branch}\0{commit}\0{current or '0' * len(commit)}\0"
    writer = checkout.git.with_env(**author(int(time.time())))
    try:
        await writer.run("update-ref", "-m", "mycoder: pull", "--stdin", "-z", stdin=os.fsencode(change))
    except GitError as err:
        fix = f"git branch --list {shlex.quote(branch.partition('/')[0])} {shlex.quote(branch)}"
        message = f"git did not set the branch {branch}: {err.stderr.strip()}"
        raise RepositoryError(message, f"See what is in the way: {fix}") from err
