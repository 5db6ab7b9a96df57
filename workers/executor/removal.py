"""The only place that deletes a workspace, and only when nothing is lost by it."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from mycoderai.workers.executor.discard import ASIDE, discard
from mycoderai.workers.executor.run_repository import RunRepository
from mycoderai.workers.executor.tree import WorkspaceError, opened_folder
from mycoderai.workers.executor.workspace import Workspace


class RemovalRefused(WorkspaceError):
    """The folder stays: it is not where workspaces are, or holds something that is recorded nowhere."""


async def remove(path: Path, root: Path, *, repository: RunRepository, tree: str) -> None:
    """Delete the workspace at `path`, which the caller says is recorded as `tree` (a commit or tree).

    Deletes only a folder below `root` that is reached without a symbolic link, and only when a fresh snapshot of it
    is that tree and the repository has it. Nothing may run in it any more. What ignore rules leave out is deleted
    too, and so are nested `.git` folders. It is renamed first; `sweep` finishes what a crash interrupts. A path that
    is not there is fine.

    Raises:
        RemovalRefused: nothing has been deleted.
    """
    inner = _below(path, root)
    if not await asyncio.to_thread(os.path.lexists, path):
        return
    with _opened_parent(root, inner) as (top, parent):
        await _prove_recorded(path, repository, tree)
        await asyncio.to_thread(discard, parent, inner[-1], pile=top)


async def sweep(root: Path) -> int:
    """Delete what `remove` had begun to delete below `root` before a crash; return how many folders that were."""
    with opened_folder(root) as top:
        begun = [name for name in os.listdir(top) if name.startswith(ASIDE)]
        for name in begun:
            await asyncio.to_thread(discard, top, name)
    return len(begun)


def _below(path: Path, root: Path) -> list[str]:
    path, root = path.absolute(), root.absolute()
    inner = list(path.parts[len(root.parts) :])
    if path.parts[: len(root.parts)] != root.parts or not inner or ".." in path.parts:
        raise RemovalRefused(f"{path} is not inside of {root}")
    return inner


@contextmanager
def _opened_parent(root: Path, inner: list[str]) -> Iterator[tuple[int, int]]:
    """Descriptors of `root` and of the folder that holds the last part of `inner`."""
    with ExitStack() as stack:
        try:
            top = parent = stack.enter_context(opened_folder(root))
            for name in inner[:-1]:
                parent = stack.enter_context(opened_folder(name, parent))
            stack.enter_context(opened_folder(inner[-1], parent))
        except OSError as err:
            raise RemovalRefused(f"{root / Path(*inner)} is not reached through plain folders: {err}") from err
        yield top, parent


async def _prove_recorded(path: Path, repository: RunRepository, tree: str) -> None:
    if not await repository.has(tree):
        raise RemovalRefused(f"{tree} is not recorded for run {repository.run}")
    workspace = await Workspace.attach(repository, path, tree)
    found = await workspace.snapshot()
    if found != await repository.tree_of(tree):
        changed = await repository.changed_paths(tree, found)
        raise RemovalRefused(f"{path} holds changes that are not in {tree[:12]}: {', '.join(changed[:5])}")
    unrecorded = [skipped for skipped in workspace.skipped if skipped.holds_content]
    if unrecorded:
        raise RemovalRefused(f"{path} holds {unrecorded[0].path}, which no tree has: {unrecorded[0].reason}")
