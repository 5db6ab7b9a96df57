"""Private copies of the repository, one worker thread each, and the order of their answers."""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import workspace
from .client import GONE, Evaluation, Server, ServerDied, Ticket, evaluation, patience_s
from .edit import Candidate

AHEAD = 3
NONE_LEFT, LATER = -1, -2


@dataclass(frozen=True)
class Job:
    """A candidate's number in the ranking, the candidates it consists of, and what to ask."""

    index: int
    changes: list[Candidate]
    request: dict[str, Any]
    warm: bool


class Worker:
    """A private copy of the repository with a warm and a cold server."""

    def __init__(self, root: Path, folder: Path, pytest_args: Sequence[str]) -> None:
        workspace.copy(root, folder)
        self.folder = folder
        self.warm = Server("warm", folder, pytest_args)
        self.cold = Server("cold", folder, pytest_args)

    def prepare(self, setup: dict[str, Any]) -> None:
        for server in (self.warm, self.cold):
            server.setup = {"op": "setup", **setup}
            if server.running:
                server.send(server.setup)

    def submit(self, request: dict[str, Any], warm: bool) -> Ticket | None:
        """A cold server imports every test file it is asked about, so it is asked about the failing tests first."""
        server = self.warm if warm else self.cold
        tests = request["tests"] if warm else request["tests"][: request["probes"]]
        try:
            return server.submit({"op": "evaluate", **request, "tests": tests})
        except ServerDied:
            return None

    def result(self, request: dict[str, Any], warm: bool, ticket: Ticket | None) -> Evaluation:
        if ticket is None:
            return GONE
        try:
            result = evaluation((self.warm if warm else self.cold).receive(ticket, patience_s(request["wall_s"])))
        except ServerDied:
            return GONE
        short = not warm and len(request["tests"]) > request["probes"]
        if not short or not result.fixed(result.outcomes):
            return result
        everything = {**request, "probes": len(request["tests"])}
        return self.evaluate(everything, warm=False)

    def evaluate(self, request: dict[str, Any], warm: bool) -> Evaluation:
        return self.result(request, warm, self.submit(request, warm))

    def install(self, files: dict[str, bytes]) -> None:
        """Make these texts the new starting point; the servers import again."""
        for path, text in files.items():
            (self.folder / path).write_bytes(text)
        self.stop()

    def stop(self) -> None:
        self.warm.stop()
        self.cold.stop()


class Pool:
    """As many workers as processors, at most four; results come back in order."""

    def __init__(self, root: Path, pytest_args: Sequence[str], size: int | None = None) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="mycoder-repair-"))
        count = size or min(max(len(os.sched_getaffinity(0)), 1), 4)
        self.pytest_args = tuple(pytest_args)
        self._starting: threading.Thread | None = None
        self.workers = [Worker(root, self._temporary / f"w{n}", pytest_args) for n in range(count)]

    def close(self) -> None:
        self.abandon()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def start_one(self) -> None:
        """Begin with the first server; `start` waits for it."""
        self._starting = threading.Thread(target=_try_start, args=(self.workers[0].warm,), daemon=True)
        self._starting.start()

    def start(self) -> None:
        """Start every warm server at the same time."""
        if self._starting is not None:
            self._starting.join()
            self._starting = None
        threads = [threading.Thread(target=_try_start, args=(w.warm,), daemon=True) for w in self.workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @property
    def live(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.warm.hello.get("ids")]

    @property
    def hello(self) -> dict[str, Any]:
        """What the servers found when they collected the tests."""
        return next((worker.warm.hello for worker in self.live), self.workers[0].warm.hello)

    def abandon(self) -> None:
        """Stop everything in flight; whoever waits for an answer is told that the server died."""
        for worker in self.workers:
            for server in (worker.warm, worker.cold):
                server.abandoned = True
                server.stop()
        if self._starting is not None:
            self._starting.join()
            self.workers[0].warm.stop()

    def prepare(self, setup: dict[str, Any]) -> None:
        for worker in self.workers:
            worker.prepare(setup)

    def install(self, files: dict[str, bytes]) -> None:
        for worker in self.workers:
            worker.install(files)

    def map(self, jobs: Iterator[Job]) -> Iterator[tuple[Job, Evaluation]]:
        """(job, evaluation) in the order of jobs; closing the iterator stops the workers."""
        return Run(self.workers, jobs).results()


class Run:
    """Feeds the workers, a few jobs ahead of each, and puts the answers back in order."""

    def __init__(self, workers: list[Worker], jobs: Iterator[Job]) -> None:
        self._workers = workers
        self._jobs = enumerate(jobs)
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._done: queue.Queue[tuple[int, Job | None, Evaluation]] = queue.Queue()
        self._window = threading.Semaphore(AHEAD * 3 * len(workers))

    def results(self) -> Iterator[tuple[Job, Evaluation]]:
        threads = [threading.Thread(target=self._loop, args=(worker,), daemon=True) for worker in self._workers]
        for thread in threads:
            thread.start()
        try:
            yield from self._in_order(len(threads))
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()

    def _loop(self, worker: Worker) -> None:
        waiting: deque[tuple[int, Job, Ticket | None]] = deque()
        exhausted = False
        while True:
            while not exhausted and len(waiting) < AHEAD:
                number, job = self._take(wait=not waiting)
                if job is None and number == LATER:
                    break
                if job is None:
                    exhausted = True
                else:
                    waiting.append((number, job, worker.submit(job.request, job.warm)))
            if not waiting:
                break
            number, job, ticket = waiting.popleft()
            self._done.put((number, job, self._result(worker, job, ticket)))
        self._done.put((NONE_LEFT, None, GONE))

    def _result(self, worker: Worker, job: Job, ticket: Ticket | None) -> Evaluation:
        result = worker.result(job.request, job.warm, ticket)
        if job.warm and result.broken.startswith("CannotPatch"):
            return worker.evaluate(job.request, warm=False)
        return result

    def _take(self, wait: bool) -> tuple[int, Job | None]:
        """The next job; LATER when the window is full and there are answers to fetch meanwhile."""
        while not self._window.acquire(timeout=0.2 if wait else 0):
            if self._stopped.is_set():
                return NONE_LEFT, None
            if not wait:
                return LATER, None
        with self._lock:
            if self._stopped.is_set():
                return NONE_LEFT, None
            return next(self._jobs, (NONE_LEFT, None))

    def _in_order(self, running: int) -> Iterator[tuple[Job, Evaluation]]:
        early: dict[int, tuple[Job, Evaluation]] = {}
        following = 0
        while running or following in early:
            if following in early:
                yield early.pop(following)
                following += 1
                self._window.release()
                continue
            number, job, evaluation = self._done.get()
            if job is None:
                running -= 1
            else:
                early[number] = (job, evaluation)


def _try_start(server: Server) -> None:
    try:
        server.start()
    except ServerDied:
        server.hello = {}
