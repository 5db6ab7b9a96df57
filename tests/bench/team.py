"""Runs of the whole team on a repository made for them, with a transcript for a model."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from harness import HERE, Durability, scratch

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.connect import connect
from mycoderai.broker.repository import pack
from mycoderai.gateway.fleet import Fleet
from mycoderai.gateway.fleet_plan import WorkerSpec, worker_command, worker_environment
from mycoderai.gateway.fleet_process import spawn
from mycoderai.schemas.chat import Message, ToolCall
from mycoderai.schemas.events import StepTurn
from mycoderai.schemas.execution import Checkpoint, Repository, ToolResult
from mycoderai.schemas.settings import Settings

sys.path.append(str(Path(__file__).parents[1] / "integration"))
from fleet_support import RunningFleet

ROLES = ("orchestrator", "coder", "executor", "model", "memory")
Call = Mapping[str, Any]


class Team:
    """A fleet, a folder for what is made along the way, and the times of commands in their boxes."""

    def __init__(self, running: RunningFleet, folder: Path) -> None:
        self.running = running
        self.folder = folder

    async def repository(self, files: Mapping[str, str]) -> Repository:
        """Stored once, for any number of runs."""
        packed = await pack(make_repository(self.folder / "repository", files), dirty=False, out=self.folder / "packed")
        artifact = await put_file(self.running.client, packed.file)
        return Repository(artifact=artifact, commit=packed.commit, base_commit=packed.base_commit or "")

    def model(self, turns: object, name: str = "transcript") -> str:
        """A model that plays these turns, or a dictionary of them by step."""
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(turns))
        return f"scripted:{file}"

    @contextlib.asynccontextmanager
    async def worker(self, *roles: str, slots: int = 0) -> AsyncIterator[int]:
        """One more worker process beside the fleet's own; its process id."""
        spec = WorkerSpec("more", roles, slots)
        env = worker_environment(self.running.settings, spec, os.environ)
        child = spawn(spec.name, worker_command(spec), env, self.folder, self.folder / "more.log")
        try:
            await child.wait_ready()
            yield child.pid
        finally:
            await child.stop()

    def boxes(self) -> list[tuple[float, float]]:
        """When each command's box was begun, and for how long it was there, in seconds."""
        rows = (self.folder / "boxes").read_text().splitlines()
        return [(float(began), float(took)) for began, took in map(str.split, rows)]


@contextlib.asynccontextmanager
async def team(durability: Durability, *, roles: Sequence[str] = ROLES, **changes: Any) -> AsyncIterator[Team]:
    with scratch() as folder:
        settings = msgspec.structs.replace(Settings(data_dir=str(folder / "data"), durability=durability), **changes)
        async with (
            Fleet(settings, roles, command_of=_timing_boxes(folder / "boxes")) as fleet,
            contextlib.AsyncExitStack() as stack,
        ):
            client = await connect(fleet.settings, "client", name="bench")
            stack.push_async_callback(client.close)
            yield Team(RunningFleet(fleet, client, stack, folder), folder)


def _timing_boxes(file: Path) -> Any:
    def command_of(spec: WorkerSpec) -> list[str]:
        python, *arguments = worker_command(spec)
        if spec.roles != ("executor",):
            return [python, *arguments]
        return [python, str(HERE / "timed_boxes.py"), str(file), *arguments[2:]]

    return command_of


def make_repository(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        subprocess.run(["git", *identity, *command], cwd=root, env=env, check=True)
    return root


def many_files(count: int) -> dict[str, str]:
    """Modules of some forty lines, fifty to a folder."""
    body = "\n".join(f"def function_{line}(value: int) -> int:\n    return value * {line}\n" for line in range(13))
    return {
        f"package/part_{number // 50}/module_{number}.py": f"NUMBER = {number}\n\n{body}" for number in range(count)
    }


def bash(command: str) -> dict[str, Any]:
    return {"name": "bash", "arguments": {"command": command}}


GIVE_UP = {"name": "give_up", "arguments": {"code": "beyond_model", "reason": "The transcript ends."}}


def long_turns(count: int, start: Checkpoint) -> Iterator[StepTurn]:
    """Turns of two kilobytes, as an agent leaves them: each reads another file."""
    for number in range(1, count + 1):
        call = ToolCall(id=f"call-{number}", name="bash", arguments=json.dumps({"command": f"cat module_{number}.py"}))
        yield StepTurn(
            attempt=1,
            turn=number,
            message=Message(role="assistant", content=f"Let me look at module {number}.", tool_calls=(call,)),
            results=(ToolResult(call=call.id, name="bash", output=f"def function_{number}():\n    return 1\n" * 45),),
            checkpoint=start,
        )
