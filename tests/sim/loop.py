"""An asyncio event loop under one seed: virtual time, no input or output, no threads.

Every simulated process has a queue of callbacks of its own, served in order as a real loop would. Which process runs
next is drawn from the seed, and so is every delay outside of this file, so one seed is one history.
"""

import asyncio
import contextvars
import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any


class Handle:
    """What `call_soon` and `call_at` give: enough of asyncio.Handle for tasks, futures and timeouts."""

    __slots__ = ("_args", "_callback", "_cancelled", "_context", "process", "when")

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: contextvars.Context,
        process: "Process",
        when: float = 0.0,
    ) -> None:
        self._callback = callback
        self._args = args
        self._context = context
        self._cancelled = False
        self.process = process
        self.when = when

    def cancel(self) -> None:
        self._cancelled = True

    def cancelled(self) -> bool:
        return self._cancelled

    def run(self) -> None:
        if not self._cancelled:
            self._context.run(self._callback, *self._args)


class Process:
    """Tasks that live and die together. One that is stopped is not scheduled: its timers and messages pile up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready: deque[Handle] = deque()
        self.tasks: set[SimTask] = set()
        self.stopped = False
        self.queued = False
        self.crash_after = -1
        """Crashes when so many callbacks have run; -1: not."""
        self.on_crash: Callable[[], None] = lambda: None


class SimTask(asyncio.Task[Any]):
    """Hashed by its number: sets of tasks are walked in the same order in every process."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], *, loop: "SimLoop", **more: Any) -> None:
        self._number = loop.next_number()
        super().__init__(coroutine, loop=loop, **more)

    def __hash__(self) -> int:
        return self._number


class SimLoop(asyncio.AbstractEventLoop):
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._now = 0.0
        self._timers: list[tuple[float, int, Handle | Callable[[], None]]] = []
        self._runnable: list[Process] = []
        self._numbers = itertools.count(1)
        self._base = contextvars.Context()
        self.world = Process("world")
        self.current = self.world
        self.steps = 0
        self.errors: list[str] = []
        """Exceptions nobody looked at."""

    # what the world calls

    def at(self, when: float, event: Callable[[], None]) -> None:
        """Something that happens outside of every process."""
        heapq.heappush(self._timers, (when, next(self._numbers), event))

    def after(self, delay: float, event: Callable[[], None]) -> None:
        self.at(self._now + delay, event)

    def into(self, process: Process, callback: Callable[..., object], *args: Any) -> None:
        """Something that reaches a process."""
        self._enqueue(Handle(callback, args, self._base.copy(), process))

    def spawn(self, process: Process, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.into(process, self.create_task, coroutine)

    def wake(self, process: Process) -> None:
        """It was stopped and is no longer."""
        process.stopped = False
        self._queue(process)

    def run_while(self, goes_on: Callable[[], bool]) -> None:
        """Until told to end or nothing is left to happen."""
        asyncio._set_running_loop(self)
        try:
            while goes_on():
                if self._runnable:
                    self._run_one()
                elif not self._advance():
                    return
        finally:
            asyncio._set_running_loop(None)

    def next_number(self) -> int:
        return next(self._numbers)

    def _run_one(self) -> None:
        """All that one process has to do. Another meanwhile would make no difference: they meet at the server only."""
        place = int(self._rng.random() * len(self._runnable))
        process = self._runnable[place]
        self._runnable[place] = self._runnable[-1]
        self._runnable.pop()
        ready = process.ready
        self.current = process
        while ready and not process.stopped:
            self.steps += 1
            ready.popleft().run()
            if process.crash_after >= 0:
                process.crash_after -= 1
                if process.crash_after < 0:
                    process.on_crash()
        self.current = self.world
        process.queued = False

    def _advance(self) -> bool:
        while self._timers:
            when, _, event = heapq.heappop(self._timers)
            if isinstance(event, Handle):
                if event._cancelled:
                    continue
                self._now = when
                self._enqueue(event)
            else:
                self._now = when
                event()
            return True
        return False

    def _enqueue(self, handle: Handle) -> None:
        process = handle.process
        process.ready.append(handle)
        self._queue(process)

    def _queue(self, process: Process) -> None:
        if process.ready and not process.queued and not process.stopped:
            process.queued = True
            self._runnable.append(process)

    # what asyncio calls

    def time(self) -> float:
        return self._now

    def call_soon(self, callback, *args, context=None):  # type: ignore[no-untyped-def, override]
        handle = Handle(callback, args, context or contextvars.copy_context(), self.current)
        self._enqueue(handle)
        return handle

    def call_later(self, delay, callback, *args, context=None):  # type: ignore[no-untyped-def, override]
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):  # type: ignore[no-untyped-def, override]
        when = max(when, self._now)
        handle = Handle(callback, args, context or contextvars.copy_context(), self.current, when)
        heapq.heappush(self._timers, (when, next(self._numbers), handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro, *, name=None, context=None):  # type: ignore[no-untyped-def, override]
        process = self.current
        task = SimTask(coro, loop=self, name=name or "task", context=context)
        process.tasks.add(task)
        task.add_done_callback(process.tasks.discard)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.errors.append(f"{context.get('message')}: {context.get('exception')!r}")
