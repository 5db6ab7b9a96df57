"""Runs whose log and bundles a test writes itself, as orchestrator, agents and executors would."""

import asyncio
import http.client
import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from eventually import WITHIN_S
from fleet_support import RunningFleet, git
from gateway_support import Gateway
from nats.aio.client import Client

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.log import append
from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import (
    AnyEvent,
    Question,
    RunFinished,
    RunSubmitted,
    StepDone,
    StepOpened,
    StepReady,
    StepStarted,
    StepSteered,
    StepTurn,
    StepWaiting,
)
from mycoderai.schemas.execution import ArtifactRef, Checkpoint, ToolResult
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.plan import StepSpec
from mycoderai.schemas.subjects import Log

POOL = "coder"
Content = str | bytes | None
"""None: the file is removed."""


class Fetched(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        code: str = self.json["error"]["code"]
        return code


async def fetch(served: Gateway, path: str, query: dict[str, Any] | None = None, **headers: str) -> Fetched:
    """A GET whose body may be anything."""
    target = f"/api/v1{quote(path)}" + (f"?{urlencode(query)}" if query else "")
    return await asyncio.to_thread(_fetch, served, target, {"Authorization": f"Bearer {served.token}", **headers})


def _fetch(served: Gateway, target: str, headers: dict[str, str]) -> Fetched:
    connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=WITHIN_S)
    try:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        body = response.read()
        return Fetched(response.status, {name.lower(): value for name, value in response.getheaders()}, body)
    finally:
        connection.close()


class CodeRun:
    def __init__(self, nc: Client, log: Log, repo: Path, submission: RunSubmitted) -> None:
        self._nc = nc
        self._submission = submission
        self._starts: dict[str, Checkpoint] = {}
        self._last: dict[str, Checkpoint] = {}
        self.log = log
        self.repo = repo
        self.base = Checkpoint(commit=git(repo, "rev-parse", "HEAD").strip(), tree=tree_of(repo, "HEAD"))

    @classmethod
    async def begin(cls, fleet: RunningFleet, repo: Path) -> "CodeRun":
        submission = RunSubmitted(task="change something")
        log = await fleet.submit(submission, repo)
        return cls(await fleet.connect("admin"), log, repo, submission)

    async def open(
        self, step: str, *parts: Checkpoint, round_: int = 1, merged: Checkpoint | None = None
    ) -> Checkpoint:
        """A step begins, at the base or at the merge of results."""
        start = merged or (parts[0] if parts else self.base)
        spec = StepSpec(id=step, role=POOL, goal="g")
        ready = StepReady(spec=spec, submission=self._submission, start=parts, round=round_)
        await self._append(self.log.ready(POOL, step), ready)
        await self._step(step, "started", StepStarted(attempt=round_, round=round_, worker="w"))
        told = None if start == self.base else Checkpoint(commit=start.commit, tree=start.tree)
        opened = StepOpened(attempt=round_, session="s", base=self.base, start=told)
        await self._step(step, "opened", opened)
        self._starts[step] = self._last[step] = start
        return start

    async def turn(
        self, step: str, number: int, files: dict[str, Content], *results: ToolResult, attempt: int = 1
    ) -> Checkpoint:
        """The step changes files and stores the bundle of what it has then."""
        if files:
            before = self._last[step]
            commit = self.commit(before.commit, [self._starts[step].commit], files, f"After {step} {number}")
            self._last[step] = await self.stored(commit)
        turn = StepTurn(
            attempt=attempt,
            turn=number,
            message=Message(role="assistant", content="done"),
            results=results,
            checkpoint=self._last[step],
        )
        await self._step(step, "turn", turn)
        return self._last[step]

    async def wait(self, step: str, number: int, *results: ToolResult) -> None:
        """The step stops in a turn to wait for a person."""
        message = Message(role="assistant", content="may I?")
        partial = StepTurn(attempt=1, turn=number, message=message, results=results, checkpoint=self._last[step])
        question = Question(id=f"q{number}", kind="approval", text="?")
        await self._step(step, "waiting", StepWaiting(attempt=1, question=question, partial=partial))

    async def spoiled(self, step: str, number: int, like: Checkpoint, *, missing: str, sha256: str = "") -> None:
        """A turn whose checkpoint names another artifact."""
        bundle = ArtifactRef(name=missing, sha256=sha256 or missing, size=1)
        last, self._last[step] = self._last[step], msgspec.structs.replace(like, bundle=bundle)
        await self.turn(step, number, {})
        self._last[step] = last

    async def rewind(self, step: str, turn: int, checkpoint: Checkpoint) -> None:
        event = StepSteered(attempt=1, turn=turn, action="rewind", reason="r", to_turn=0, checkpoint=checkpoint)
        await self._step(step, "steered", event)
        self._last[step] = checkpoint

    async def done(self, step: str, files: dict[str, Content] | None = None) -> Checkpoint:
        """The step hands in what it has, as one commit on top of where it began."""
        last, start = self._last[step], self._starts[step]
        result = await self.stored(self.commit(last.commit, [start.commit], files or {}, f"Result of {step}"))
        await self._step(step, "done", StepDone(attempt=1, result=result))
        return result

    async def finish(self, result: Checkpoint) -> None:
        event = RunFinished(status="succeeded", result=result, branch="b", base_commit=self.base.commit)
        await self._append(self.log.run_event("finished"), event)

    def commit(self, at: str, parents: list[str], files: dict[str, Content], message: str) -> str:
        """What is at a commit with files changed, as a commit on top of others."""
        git(self.repo, "checkout", "-q", "-f", "--detach", at)
        for name, content in files.items():
            write(self.repo / name, content)
        git(self.repo, "add", "-A")
        tree = git(self.repo, "write-tree").strip()
        on_top = [word for parent in parents for word in ("-p", parent)]
        return git(self.repo, "commit-tree", tree, *on_top, "-m", message).strip()

    async def stored(self, commit: str) -> Checkpoint:
        bundle = self.repo.with_name(f"{new_id()}.bundle")
        git(self.repo, "update-ref", "refs/mycoder/run", commit)
        git(self.repo, "bundle", "create", "-q", str(bundle), "refs/mycoder/run", f"^{self.base.commit}")
        ref = await put_file(self._nc, bundle)
        return Checkpoint(commit=commit, tree=tree_of(self.repo, commit), bundle=ref)

    async def _step(self, step: str, type_: str, event: AnyEvent) -> None:
        await self._append(self.log.step_event(POOL, step, type_), event)

    async def _append(self, subject: str, event: AnyEvent) -> None:
        await append(self._nc, subject, event)


def write(path: Path, content: Content) -> None:
    if content is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def tree_of(repo: Path, commit: str) -> str:
    return git(repo, "rev-parse", f"{commit}^{{tree}}").strip()
