"""The driver's end of the servers: private copies of the repository, one worker thread each."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from . import workspace
from .suite import toolbox_folder

START_WALL_S = 60.0


class ServerDied(Exception):
    """A server could not start or went away; the suite may be impossible to keep in memory."""


@dataclass(frozen=True)
class Evaluation:
    """Outcome and failure signature of every test that ran."""

    outcomes: dict[str, str]
    signatures: dict[str, str]
    timed_out: bool
    broken: str

    def fixed(self, failing: Iterable[str]) -> list[str]:
        return [nodeid for nodeid in failing if self.outcomes.get(nodeid) in ("passed", "skipped")]


class Server:
    """One server process, started when first needed and again after it died."""

    def __init__(self, role: str, root: Path, plain_config: bool) -> None:
        self._role, self._root, self._plain = role, root, plain_config
        self._process: Optional[subprocess.Popen[bytes]] = None
        self.hello: dict[str, Any] = {}

    def start(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        paths = [str(self._root), str(self._root / "src"), toolbox_folder(), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "MYCODER_TEST_LIMIT_S": "60",
        }
        environment.pop("MYCODER_REPORT", None)
        if self._plain:
            environment["MYCODER_PLAIN_CONFIG"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mycoder_repair.server", self._role],
            cwd=self._root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.hello = self._receive(START_WALL_S)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        self.start()
        process = self._process
        assert process is not None  # noqa: S101
        assert process.stdin is not None  # noqa: S101
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise ServerDied(self._role) from error
        return self._receive(request["wall_s"] + 20)

    def _receive(self, wall_s: float) -> dict[str, Any]:
        process = self._process
        assert process is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        timer = threading.Timer(wall_s, self.stop)
        timer.start()
        line = process.stdout.readline()
        timer.cancel()
        if not line:
            self.stop()
            raise ServerDied(self._role)
        message: dict[str, Any] = json.loads(line)
        return message

    def stop(self) -> None:
        process = self._process
        if process is None:
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        process.wait()


class Worker:
    """A private copy of the repository with a warm and a cold server."""

    def __init__(self, root: Path, folder: Path, plain_config: bool) -> None:
        workspace.copy(root, folder)
        self.folder = folder
        self.warm = Server("warm", folder, plain_config)
        self.cold = Server("cold", folder, plain_config)

    def evaluate(self, request: dict[str, Any], warm: bool) -> Evaluation:
        server = self.warm if warm else self.cold
        try:
            return _evaluation(server.ask({"op": "evaluate", **request}))
        except ServerDied:
            return Evaluation({}, {}, False, "the server died")

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

    def __init__(self, root: Path, plain_config: bool, size: Optional[int] = None) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="mycoder-repair-"))
        count = size or min(max(len(os.sched_getaffinity(0)), 1), 4)
        self.workers = [Worker(root, self._temporary / f"w{n}", plain_config) for n in range(count)]

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_exc: object) -> None:
        for worker in self.workers:
            worker.stop()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def start(self) -> None:
        """Start every warm server at the same time."""
        threads = [threading.Thread(target=_try_start, args=(worker.warm,)) for worker in self.workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def install(self, files: dict[str, bytes]) -> None:
        for worker in self.workers:
            worker.install(files)

    def map(self, work: Callable[[Worker, Any], Evaluation], jobs: Iterator[Any]) -> Iterator[tuple[Any, Evaluation]]:
        """(job, evaluation) in the order of jobs; closing the iterator stops the workers."""
        results: queue.Queue[tuple[int, Any, Evaluation]] = queue.Queue()
        lock, stopped, numbered = threading.Lock(), threading.Event(), enumerate(jobs)
        window = threading.Semaphore(4 * len(self.workers))

        def loop(worker: Worker) -> None:
            while not stopped.is_set():
                window.acquire()
                with lock:
                    number, job = next(numbered, (-1, None))
                if number < 0 or stopped.is_set():
                    break
                results.put((number, job, work(worker, job)))
            results.put((-1, None, Evaluation({}, {}, False, "")))

        threads = [threading.Thread(target=loop, args=(worker,), daemon=True) for worker in self.workers]
        for thread in threads:
            thread.start()
        try:
            yield from _in_order(results, len(threads), window)
        finally:
            stopped.set()
            for _ in threads:
                window.release()
            for thread in threads:
                thread.join()


def _in_order(
    results: queue.Queue[tuple[int, Any, Evaluation]], running: int, window: threading.Semaphore
) -> Iterator[tuple[Any, Evaluation]]:
    waiting: dict[int, tuple[Any, Evaluation]] = {}
    following = 0
    while running or following in waiting:
        if following in waiting:
            yield waiting.pop(following)
            following += 1
            window.release()
            continue
        number, job, evaluation = results.get()
        if number < 0:
            running -= 1
        else:
            waiting[number] = (job, evaluation)


def _try_start(server: Server) -> None:
    try:
        server.start()
    except ServerDied:
        server.hello = {}


def _evaluation(answer: dict[str, Any]) -> Evaluation:
    outcomes, signatures, broken = {}, {}, ""
    for line in answer["lines"]:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if "broken" in record:
            broken = record["broken"]
        elif "id" in record:
            outcomes[record["id"]] = record["outcome"]
            signatures[record["id"]] = record["signature"]
    return Evaluation(outcomes, signatures, answer["timed_out"], broken)
