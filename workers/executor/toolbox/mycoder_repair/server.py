"""A process that has the tests imported and answers questions by forking: `python -m mycoder_repair.server`.

In the role `warm` pytest has collected everything, and a candidate is patched into the forked copy. In the role
`cold` only pytest itself is imported, and every fork collects the files it is asked about from disk.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from mycoder_clock import Allowance  # type: ignore[import-not-found]

from .answers import Answerer, Cold, Question, Setup, Warm, pytest_args
from .channel import Channel
from .child import fork, memory_limit
from .edit import Splice, apply

MAX_RECURSION = 5_000
LOOKS = 8
LEAST_WAIT_S = 0.01


class Server:
    """Answers `evaluate` and `trace` requests until its input ends."""

    def __init__(self, channel: Channel, answer: Answerer, cold: bool) -> None:
        self._channel = channel
        self._answerer = answer
        self._cold = cold
        self._setup = Setup({"ids": [], "limits": [], "failing": [], "whole_files": [], "ordered": 0, "writes": 0})
        self._memory_bytes = memory_limit()
        self._originals: dict[str, bytes] = {}
        self._codes: dict[str, CodeType] = {}

    def serve(self) -> None:
        gc.collect()
        gc.freeze()
        while True:
            request = self._channel.receive()
            if request is None:
                return
            if request["op"] == "setup":
                self._setup = Setup(request)
            elif request["op"] == "trace":
                self._channel.send(self._trace(request))
            else:
                self._channel.send(self._evaluate(request))

    def _trace(self, request: dict[str, Any]) -> dict[str, Any]:
        return self._forked(lambda writer: self._answerer.trace(request, writer), request["wall_s"])

    def _evaluate(self, request: dict[str, Any]) -> dict[str, Any]:
        texts = {path: apply(self._original(path), _splices(parts)) for path, parts in request["changes"].items()}
        try:
            codes = {path: self._compiled(path, text) for path, text in texts.items()}
        except (SyntaxError, ValueError, RecursionError):
            return {"lines": [], "timed_out": False, "broken": "does not compile"}
        question = Question(codes, request["tests"])
        writes = self._cold or self._setup.writes
        if writes:
            self._write(texts)
        try:
            return self._forked(
                lambda writer: self._answerer.evaluate(question, self._setup, writer), request["wall_s"]
            )
        finally:
            if writes:
                self._write({path: self._originals[path] for path in texts})

    def _forked(self, work: Callable[[int], None], wall_s: float) -> dict[str, Any]:
        pid, reader = fork(work, self._memory_bytes)
        lines, timed_out = _collect(pid, reader, wall_s)
        return {"lines": lines, "timed_out": timed_out}

    def _original(self, path: str) -> bytes:
        if path not in self._originals:
            self._originals[path] = Path(path).read_bytes()
        return self._originals[path]

    def _compiled(self, path: str, text: bytes) -> tuple[CodeType, CodeType]:
        name = str(Path.cwd() / path)
        if path not in self._codes:
            self._codes[path] = compile(self._original(path), name, "exec", dont_inherit=True)
        return self._codes[path], compile(text, name, "exec", dont_inherit=True)

    def _write(self, texts: dict[str, bytes]) -> None:
        """For tests that start programs, and for new imports."""
        for path, text in texts.items():
            Path(path).write_bytes(text)


def _splices(parts: list[list[Any]]) -> list[Splice]:
    return [Splice(start, end, new.encode()) for start, end, new in parts]


def _collect(pid: int, reader: int, wall_s: float) -> tuple[list[str], bool]:
    """All lines the child wrote, in time that it could use; its process group is gone afterwards."""
    allowance = Allowance(pid, wall_s)
    chunks = []
    timed_out = False
    while True:
        left_s = allowance.left_s()
        if left_s <= 0:
            timed_out = True
            break
        if not select.select([reader], [], [], max(min(left_s, wall_s / LOOKS), LEAST_WAIT_S))[0]:
            continue
        chunk = os.read(reader, 65536)
        if not chunk:
            break
        chunks.append(chunk)
    os.close(reader)
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        if timed_out:
            os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        timed_out = True
    return b"".join(chunks).decode("utf-8", "replace").splitlines(), timed_out


def _import_plugins() -> None:
    """A session without files, so that every fork finds pytest and its plugins imported."""
    with tempfile.TemporaryDirectory(prefix="mycoder-empty-") as folder:
        pytest.main([*pytest_args(), "--rootdir", folder, "-c", os.devnull, folder])


def keep_recursion_shallow() -> None:
    """Code that raises the recursion limit and then recurses without end kills its process, or fills its memory,
    before anybody learns where. Here it gets a RecursionError; the whole suite decides without this."""
    raise_limit = sys.setrecursionlimit

    def raise_a_little(limit: int) -> None:
        raise_limit(min(limit, MAX_RECURSION))

    sys.setrecursionlimit = raise_a_little


def main() -> None:
    channel = Channel()
    sys.setswitchinterval(0.05)
    keep_recursion_shallow()
    if sys.argv[1] == "warm":
        pytest.main(pytest_args(), plugins=[Warm(channel, lambda warm: Server(channel, warm, cold=False).serve())])
    else:
        _import_plugins()
        channel.send({"ids": []})
        Server(channel, Cold(), cold=True).serve()


if __name__ == "__main__":
    main()
