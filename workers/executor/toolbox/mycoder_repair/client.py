"""The driver's end of one server process, and what its answers mean."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .suite import toolbox_folder

START_WALL_S = 60.0
SPARE_WALL_S = 20.0
LOADED_TIMES = 10
"""`mycoder_clock.MOST`: so much longer than on an idle host a question may take."""
Ticket = tuple[int, int]


def patience_s(wall_s: float) -> float:
    """After this a server hangs, for it ends every question in time."""
    return LOADED_TIMES * wall_s + SPARE_WALL_S


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


GONE = Evaluation({}, {}, False, "the server died")


class Server:
    """One server process, started when first needed and again after it died."""

    def __init__(self, role: str, root: Path, pytest_args: Sequence[str]) -> None:
        self._role, self._root = role, root
        # Every candidate's tests begin with an empty folder for their files, where pytest would keep all of them.
        self._args = [*pytest_args, f"--basetemp={root}.{role}"]
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._life, self._asked, self._answered = 0, 0, 0
        self._early: dict[int, dict[str, Any]] = {}
        self.hello: dict[str, Any] = {}
        self.setup: dict[str, Any] = {}
        self.abandoned = False

    def start(self) -> None:
        if self.running:
            return
        if self.abandoned:
            raise ServerDied(self._role)
        paths = [str(self._root), str(self._root / "src"), toolbox_folder(), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "MYCODER_TEST_LIMIT_S": "0",
        }
        environment.pop("MYCODER_REPORT", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mycoder_repair.server", self._role, *self._args],
            cwd=self._root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._buffer = b""
        self._life, self._asked, self._answered = self._life + 1, 0, 0
        self._early.clear()
        self.hello = self._read(START_WALL_S)
        if self.setup:
            self.send(self.setup)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.receive(self.submit(request), patience_s(request["wall_s"]))

    def submit(self, request: dict[str, Any]) -> Ticket:
        """Several requests may be sent ahead; the ticket fetches the answer to this one, in any order."""
        self.send(request)
        self._asked += 1
        return self._life, self._asked

    def receive(self, ticket: Ticket, wall_s: float) -> dict[str, Any]:
        """Raises ServerDied as well when the server was started anew since the ticket was given."""
        life, number = ticket
        if life != self._life:
            raise ServerDied(self._role)
        while number not in self._early:
            answer = self._read(wall_s)
            self._answered += 1
            self._early[self._answered] = answer
        return self._early.pop(number)

    def send(self, message: dict[str, Any]) -> None:
        self.start()
        process = self._process
        assert process is not None  # noqa: S101
        assert process.stdin is not None  # noqa: S101
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError as error:
            raise ServerDied(self._role) from error

    def _read(self, wall_s: float) -> dict[str, Any]:
        process = self._process
        assert process is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        ends = time.monotonic() + wall_s
        descriptor = process.stdout.fileno()
        while b"\n" not in self._buffer:
            left_s = ends - time.monotonic()
            ready = left_s > 0 and select.select([descriptor], [], [], left_s)[0]
            chunk = os.read(descriptor, 1 << 16) if ready else b""
            if not chunk:
                self.stop()
                raise ServerDied(self._role)
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def evaluation(answer: dict[str, Any]) -> Evaluation:
    outcomes, signatures, broken = {}, {}, answer.get("broken", "")
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
