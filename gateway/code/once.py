"""Work that is done once, however many ask for it at the same time."""

import asyncio
from collections.abc import Callable, Coroutine


class Once:
    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def do(self, key: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Return when the work of that key is done, which it may be already. It goes on when who asked goes away; a
        failure is raised for all who wait and forgotten, so that the next one tries again."""
        task = self._tasks.get(key)
        if task is None:
            task = self._tasks[key] = asyncio.create_task(work(), name=f"once {key}")
            task.add_done_callback(lambda done: self._ended(key, done))
        await asyncio.shield(task)

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception():
            self._tasks.pop(key, None)
