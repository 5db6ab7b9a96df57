"""What integration tests share: a fleet with a client of it, and git."""

import asyncio
import os
import subprocess
from contextlib import AsyncExitStack, aclosing
from glob import glob
from pathlib import Path

import msgspec
from eventually import WITHIN_S, eventually
from nats.aio.client import Client

from mycoderai.broker.artifacts import get_file, put_file
from mycoderai.broker.branch import fetch_branch
from mycoderai.broker.connect import connect
from mycoderai.broker.log import Raw, append, follow, read_events
from mycoderai.broker.repository import pack
from mycoderai.broker.request import call
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import AnyEvent, AskHeard, Recorded, RunFinished, RunSubmitted
from mycoderai.schemas.execution import Checkpoint, Repository
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.memory import ListRuns, Runs
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import MEMORY_QUERY, Log

ALL_ROLES = ("orchestrator", "coder", "noop", "executor", "model", "memory")


BLOCKED = "mkfifo gate; cat gate; rm gate"
"""A command that does not end before the test opens its gate."""


async def at_gate(settings: Settings) -> Path:
    """The gate, once the command waits there."""
    return Path((await eventually(lambda: glob(f"{settings.data}/work/*/*/*/ws/gate")))[0])


async def open_gate(settings: Settings) -> None:
    """Let the command go on, which may not have begun yet."""
    await asyncio.to_thread((await at_gate(settings)).write_text, "go on")


class Told:
    """What the supervisor says, as something to wait for."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._changed = asyncio.Event()

    def __call__(self, name: str, sentence: str) -> None:
        self.sentences.append(f"{name} {sentence}")
        self._changed.set()

    async def wait_for(self, text: str) -> str:
        async with asyncio.timeout(WITHIN_S):
            while True:
                for sentence in self.sentences:
                    if text in sentence:
                        return sentence
                self._changed.clear()
                await self._changed.wait()


class RunningFleet:
    """A fleet and a client of it."""

    def __init__(self, fleet: Fleet, client: Client, stack: AsyncExitStack, tmp_path: Path) -> None:
        self.fleet = fleet
        self.client = client
        self._stack = stack
        self._tmp_path = tmp_path

    @property
    def settings(self) -> Settings:
        return self.fleet.settings

    async def connect(self, role: str) -> Client:
        client = await connect(self.settings, role)
        self._stack.push_async_callback(client.close)
        return client

    async def submit(self, submission: RunSubmitted, repo: Path | None = None) -> Log:
        if repo is not None:
            packed = await pack(repo, dirty=False, out=self._tmp_path / f"{new_id()}.packed")
            artifact = await put_file(self.client, packed.file)
            repository = Repository(artifact=artifact, commit=packed.commit, base_commit=packed.base_commit or "")
            submission = msgspec.structs.replace(submission, repository=repository)
        log = Log(new_id())
        await append(self.client, log.run_event("submitted"), submission, expected=0, id=log.run)
        return log

    async def wait_for(self, log: Log, kind: type[AnyEvent], count: int = 1) -> Recorded:
        """The next event of a kind, in the log already or yet to come."""
        async with aclosing(follow(self.client, log.shard, log.all)) as events:
            async for raw in events:
                event = parsed(raw)
                if event and isinstance(event.event, kind):
                    count -= 1
                    if count == 0:
                        return event
        raise AssertionError("the log ended")

    async def ask(self, log: Log, event: AnyEvent) -> AskHeard:
        """Ask, and wait for the orchestrator's word."""
        verb = str(event.__struct_config__.tag).removeprefix("ask.")
        return await self.heard(log, await append(self.client, log.ask(verb), event))

    async def heard(self, log: Log, seq: int) -> AskHeard:
        """The orchestrator's word on the ask with that sequence."""
        async with aclosing(follow(self.client, log.shard, log.all)) as events:
            async for raw in events:
                event = parsed(raw)
                if event and isinstance(event.event, AskHeard) and event.event.ask == seq:
                    return event.event
        raise AssertionError("the log ended")

    async def finished(self, log: Log) -> RunFinished:
        event = (await self.wait_for(log, RunFinished)).event
        assert isinstance(event, RunFinished)
        return event

    async def remembered(self, seq: int) -> None:
        """Return once memory has come to that message of the log."""

        async def fresh() -> bool:
            question = ListRuns(min_seq=seq, limit=1)
            return (await call(self.client, MEMORY_QUERY, question, Runs, timeout_s=WITHIN_S)).fresh

        await eventually(fresh)

    async def events(self, log: Log) -> list[AnyEvent]:
        return [recorded.event for recorded in await self.recorded(log)]

    async def story(self, log: Log) -> str:
        """The log in short, for a failed assertion."""
        lines = []
        for recorded in await self.recorded(log):
            failure = getattr(recorded.event, "failure", None)
            results = [f"{r.name}:{r.exit_code}:{r.output[-160:]!r}" for r in getattr(recorded.event, "results", ())]
            where = f"{recorded.subject.family}.{recorded.subject.step}.{recorded.subject.type}"
            lines.append(f"{where} {failure.message if failure else ''} {' | '.join(results)}".rstrip())
        return "\n".join(["", *lines])

    async def recorded(self, log: Log) -> list[Recorded]:
        return await read_events(self.client, log.stream, log.all)

    async def pull(self, result: Checkpoint, repo: Path, branch: str = "result") -> None:
        """Fetch a result into a repository."""
        assert result.bundle
        bundle = self._tmp_path / f"{new_id()}.bundle"
        await get_file(self.client, result.bundle, bundle)
        await fetch_branch(repo, bundle, branch, result.commit)


def parsed(raw: Raw) -> Recorded | None:
    try:
        return raw.parse()
    except MalformedMessage:
        return None


def git(root: Path, *arguments: str) -> str:
    identity = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True, env=os.environ | identity
    ).stdout


def committed(root: Path, files: dict[str, str]) -> Path:
    """A new repository with one commit of the files given."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Start")
    return root
