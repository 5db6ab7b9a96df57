"""Opening a session: restore the code, find out how it is tested, install what it needs."""

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path

import structlog
from nats.aio.client import Client

from mycoderai.broker.artifacts import get_file
from mycoderai.broker.repository import PackedFileError, RepositoryError, pack
from mycoderai.schemas.errors import MycoderError, RefusedError
from mycoderai.schemas.execution import Checkpoint, OpenSession, Repository, SessionOpened
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import is_token, new_id
from mycoderai.workers.core import requirements
from mycoderai.workers.core.requirements import find_requirements
from mycoderai.workers.executor.boxes import make_kit
from mycoderai.workers.executor.clean import CleanCheckout
from mycoderai.workers.executor.documents import documents_of
from mycoderai.workers.executor.history import give_private_history
from mycoderai.workers.executor.merging import merge_all
from mycoderai.workers.executor.requirements import bare_environment, install
from mycoderai.workers.executor.retiring import CLEAN, PACKED, REPOSITORY, WORKSPACE
from mycoderai.workers.executor.run_repository import RunRepository, RunRepositoryError
from mycoderai.workers.executor.sandbox import Sandbox
from mycoderai.workers.executor.session import Session
from mycoderai.workers.executor.testing import DEFAULT_COMMAND
from mycoderai.workers.executor.watching import Watcher
from mycoderai.workers.executor.workspace import Workspace

RESTORED_AT_ONCE = 8
"""Workspaces made at the same time. Hundreds at once would only make each of them slow."""
log = structlog.get_logger()


class Opener:
    """Makes sessions on this host. `root` is where their folders go; nothing else may use it."""

    def __init__(self, nc: Client, sandbox: Sandbox, root: Path, cache: Path) -> None:
        self._nc = nc
        self._sandbox = sandbox
        self._root = root
        self._cache = cache
        cache.mkdir(parents=True, exist_ok=True, mode=0o755)
        self._restoring: dict[str, asyncio.Lock] = {}
        self._repositories: dict[str, RunRepository] = {}
        self._watcher = Watcher()
        self._room = asyncio.Semaphore(RESTORED_AT_ONCE)

    async def open(self, request: OpenSession) -> Session:
        """Raises RefusedError with a reason a person understands."""
        if not (is_token(request.run) and is_token(request.step)):
            raise _refused(FailureCode.BAD_SUBMISSION, "The run or step id is not allowed in a path.")
        try:
            return await self._open(request)
        except (RepositoryError, PackedFileError, RunRepositoryError, MycoderError) as err:
            if isinstance(err, RefusedError):
                raise
            fix = getattr(err, "fix", "")
            raise _refused(FailureCode.WORKSPACE, f"The repository could not be restored: {err}", fix) from err

    async def forget(self, run: str) -> None:
        """Remove what this host keeps of a run that has ended: its repository, all of which is in artifacts. A
        workspace that could not be removed keeps it."""
        folder = self._root / run
        if folder.exists() and not any(folder.glob(f"*/{WORKSPACE}")):
            self._restoring.pop(run, None)
            self._repositories.pop(run, None)
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _open(self, request: OpenSession) -> Session:
        session = f"s{new_id()}"
        folder = self._root / request.run / session
        folder.mkdir(parents=True, mode=0o755)
        async with self._room:
            repository = await self._repository(request.run, request.repository)
            base = Checkpoint(commit=repository.header.commit, tree=repository.header.tree)
            start, conflicts = await self._merged(repository, request, base, folder)
            here = await self._absorb(repository, request.checkpoint, folder) or start
            watched = self._watcher.workspace()
            workspace = await Workspace.create(repository, folder / WORKSPACE, here.commit, watched=watched)
            await give_private_history(repository, workspace.path, here.tree)
        clean = CleanCheckout(repository, folder / CLEAN)
        environment, notes = await self._environment(repository, request, clean, base)
        opened = SessionOpened(
            session=session,
            base=base,
            start=None if start == base else start,
            conflicts=conflicts,
            documents=await documents_of(repository, base.commit),
            test_command=request.test_command or DEFAULT_COMMAND,
            isolation=self._sandbox.isolation,
            notes=tuple(notes),
        )
        return Session(
            nc=self._nc,
            sandbox=self._sandbox,
            kit=make_kit(environment),
            request=request,
            opened=opened,
            workspace=workspace,
            clean=clean,
            folder=folder,
        )

    async def _repository(self, run: str, source: Repository) -> RunRepository:
        # One bare repository per run and host, shared by its sessions.
        async with self._restoring.setdefault(run, asyncio.Lock()):
            if run not in self._repositories:
                packed = self._root / run / PACKED
                if not packed.exists():
                    await self._fetch(source, packed)
                self._repositories[run] = await RunRepository.open(self._root / run / REPOSITORY, packed, run=run)
            return self._repositories[run]

    async def _fetch(self, source: Repository, packed: Path) -> None:
        if source.artifact:
            await get_file(self._nc, source.artifact, packed)
            return
        await pack(Path(source.path), dirty=source.dirty, out=packed)

    async def _merged(
        self, repository: RunRepository, request: OpenSession, base: Checkpoint, folder: Path
    ) -> tuple[Checkpoint, tuple[str, ...]]:
        """Where the step begins, and the files in which its parts conflict. Raises RefusedError (`merge_conflict`)
        when they do and nobody is there to resolve it."""
        parts = [await self._absorb(repository, part, folder) or base for part in request.start]
        merged = await merge_all(repository, [part.commit for part in parts], at_s=request.at_s or int(time.time()))
        if merged is None:
            return base, ()
        if merged.conflicts and not request.keep_conflicts:
            paths = ", ".join(merged.conflicts[:5])
            raise _refused(FailureCode.MERGE_CONFLICT, f"Parallel results conflict in {paths}.")
        return Checkpoint(commit=merged.commit, tree=merged.tree), merged.conflicts

    async def _absorb(
        self, repository: RunRepository, checkpoint: Checkpoint | None, folder: Path
    ) -> Checkpoint | None:
        if checkpoint is None or checkpoint.bundle is None or await repository.has(checkpoint.commit):
            return checkpoint
        bundle = folder / "checkpoint.bundle"
        await get_file(self._nc, checkpoint.bundle, bundle)
        await repository.absorb(bundle)
        return checkpoint

    async def _environment(
        self, repository: RunRepository, request: OpenSession, clean: CleanCheckout, base: Checkpoint
    ) -> tuple[Path, list[str]]:
        texts = await _texts(repository, base)
        needed = find_requirements(texts)
        if not needed:
            return await bare_environment(self._cache, with_host_packages=False), []
        if not request.policy.install_requirements:
            return await bare_environment(self._cache, with_host_packages=True), [_NOT_INSTALLED.format(needed)]
        checkout = await clean.at(base.commit)
        environment = await install(self._sandbox, self._cache, checkout, needed, texts, request.policy)
        return environment, [f"Installed the repository's requirements ({needed})."]


_NOT_INSTALLED = (
    "The repository names requirements ({}). They are not installed without --install; "
    "the tests get what the executor's own Python happens to have."
)


async def _texts(repository: RunRepository, base: Checkpoint) -> dict[str, str]:
    there = await repository.entries(base.tree)
    names = [name for name in (*requirements.FILES, requirements.PROJECT) if name in there]
    texts = {name: await repository.text(base.tree, name) for name in names}
    return {name: text for name, text in texts.items() if text is not None}


def work_root(data: Path) -> Path:
    """A fresh folder for this process's sessions, named so that the next executor knows whether we live."""
    parent = data / "work"
    parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    return Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=parent))


def _refused(code: FailureCode, message: str, fix: str = "") -> RefusedError:
    return RefusedError(Failure(code=code, message=message, fix=fix))
