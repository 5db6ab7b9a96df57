"""The end of a session's folder (invariant I10): what is recorded nowhere is stored first, then the folder goes."""

import asyncio
import os
import shutil
import time
from pathlib import Path

import structlog
from nats.aio.client import Client

from mycoderai.broker.artifacts import put_file
from mycoderai.schemas.errors import MycoderError
from mycoderai.workers.executor.removal import RemovalRefused, remove
from mycoderai.workers.executor.run_repository import RunRepository
from mycoderai.workers.executor.workspace import Workspace

WORKSPACE = "ws"
CLEAN = "clean"
REPOSITORY = "repository.git"
PACKED = "repository.packed"
log = structlog.get_logger()


async def retire(nc: Client, workspace: Workspace, folder: Path, root: Path, recorded_tree: str) -> None:
    """Delete a session's folder below `root`. Work that no checkpoint holds (`recorded_tree` is what the last one
    holds) is stored as an artifact first; when that fails the folder stays, and the log says where."""
    try:
        await _remove(nc, workspace, root, recorded_tree)
    except (MycoderError, OSError) as err:
        log.warning("workspace.kept", path=str(workspace.path), error=str(err))
        return
    # The rest is a checkout of recorded trees, and reports that have been read.
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _remove(nc: Client, workspace: Workspace, root: Path, recorded_tree: str) -> None:
    try:
        await remove(workspace.path, root, repository=workspace.repository, tree=recorded_tree)
    except RemovalRefused:
        tree = await workspace.snapshot(full=True)
        if tree != recorded_tree:
            await _salvage(nc, workspace, tree)
        await remove(workspace.path, root, repository=workspace.repository, tree=tree)


async def retire_leftovers(nc: Client, parent: Path) -> None:
    """The folders of executors that have ended without saying so."""
    for root in sorted(parent.iterdir()):
        if _alive(root.name):
            continue
        for run in sorted(path for path in root.iterdir() if path.is_dir()):
            await _retire_run(nc, run)
        if not any(root.glob(f"*/*/{WORKSPACE}")):
            await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)


async def _retire_run(nc: Client, run: Path) -> None:
    for folder in sorted(path.parent for path in run.glob(f"*/{WORKSPACE}")):
        try:
            repository = await RunRepository.open(run / REPOSITORY, run / PACKED, run=run.name)
            workspace = await Workspace.attach(repository, folder / WORKSPACE, repository.header.commit)
        except (MycoderError, OSError) as err:
            log.warning("workspace.kept", path=str(folder), error=str(err))
            continue
        await retire(nc, workspace, folder, run, await repository.tree_of(repository.header.commit))


async def _salvage(nc: Client, workspace: Workspace, tree: str) -> None:
    base = workspace.repository.header.commit
    commit = await workspace.commit(tree, base, "Left in the workspace when its session ended", at_s=int(time.time()))
    bundle = await workspace.repository.bundle(commit, base)
    try:
        ref = await put_file(nc, bundle)
    finally:
        bundle.unlink(missing_ok=True)
    log.info("workspace.salvaged", run=workspace.repository.run, commit=commit, artifact=ref.name)


def _alive(name: str) -> bool:
    pid = name.split("-")[0]
    return pid.isdecimal() and os.path.exists(f"/proc/{pid}")
