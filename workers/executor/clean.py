"""A checkout of recorded trees, for tests: never where the agent works."""

from pathlib import Path

from mycoderai.workers.executor.run_repository import RunRepository
from mycoderai.workers.executor.workspace import Workspace


class CleanCheckout:
    """Made when it is first needed: many a step never runs a test."""

    def __init__(self, repository: RunRepository, path: Path) -> None:
        self._repository = repository
        self._path = path
        self._workspace: Workspace | None = None

    async def at(self, tree: str) -> Path:
        """The folder, which holds exactly the files of a commit or tree until the next call."""
        if self._workspace is None:
            self._workspace = await Workspace.create(self._repository, self._path, tree)
        else:
            await self._workspace.restore(tree, full=True)
        return self._path
