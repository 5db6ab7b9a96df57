"""Cloning for those who hand in a URL: an executor fetches, and everybody else gets a stored pack."""

import asyncio
import tempfile
from pathlib import Path

import structlog
from nats.aio.client import Client

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.cloning import clone, why_not
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.execution import CloneRepository, Repository, RepositoryCloned
from mycoderai.schemas.failure import Failure, FailureCode

AT_ONCE = 2
_FIX = "upload the repository, or have it named in the setting clone_from where executors run"
log = structlog.get_logger()


class Cloner:
    def __init__(self, nc: Client, allowed: tuple[str, ...]) -> None:
        self._nc = nc
        self._allowed = allowed
        self._room = asyncio.Semaphore(AT_ONCE)

    async def clone(self, request: CloneRepository) -> RepositoryCloned:
        """Raises RefusedError for a URL that nobody allowed, RepositoryError for what cannot be fetched from it."""
        if reason := why_not(request.url, self._allowed):
            raise RefusedError(
                Failure(code=FailureCode.BAD_SUBMISSION, message=f"That is not cloned: {reason}.", fix=_FIX)
            )
        async with self._room:
            with tempfile.TemporaryDirectory(prefix="mycoder-clone-", ignore_cleanup_errors=True) as folder:
                packed = await clone(request.url, request.ref, Path(folder))
                artifact = await put_file(self._nc, packed.file, wait_for_room=False)
        log.info("executor.cloned", url=request.url, commit=packed.commit)
        commit = packed.base_commit or packed.commit
        repository = Repository(artifact=artifact, commit=packed.commit, base_commit=commit)
        return RepositoryCloned(repository=repository, roles=packed.roles, notes=tuple(packed.notes))
