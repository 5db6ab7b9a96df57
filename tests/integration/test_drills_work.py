"""Ends that come from the work itself, each made to happen in a fleet: the loop, the executor, the model over HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fleet_support import RunningFleet, git
from model_server import ModelServer
from model_server_wire import Answer, Refuse

from mycoderai.broker.connect import connect
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.events import Limits, RunSubmitted, StepSteered
from mycoderai.schemas.execution import Repository
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.settings import load
from mycoderai.schemas.subjects import Log

pytestmark = pytest.mark.asyncio(loop_scope="module")
LOOK = {"name": "bash", "arguments": {"command": "cat code.py"}}
WRITE = {"name": "bash", "arguments": {"command": "echo 'x = 2' >> code.py; cat code.py"}}
GIVE_UP = {"name": "give_up", "arguments": {"reason": "seen enough"}}


class Drill:
    """A fleet, a repository to work on, and a provider that is scripted."""

    def __init__(self, fleet: RunningFleet, server: ModelServer, folder: Path) -> None:
        self.fleet = fleet
        self.server = server
        self.folder = folder

    def repository(self, name: str, code: str) -> Path:
        root = self.folder / name
        root.mkdir()
        (root / "code.py").write_text(code)
        git(root, "init", "-q", "-b", "main")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "Start")
        return root

    def transcript(self, name: str, *turns: list[dict[str, Any]]) -> str:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(turns))
        return f"scripted:{path}"

    async def start(self, packed: Path | None = None, **fields: Any) -> Log:
        return await self.fleet.submit(RunSubmitted(task="look around", **fields), packed)

    async def failure(self, log: Log) -> Failure:
        finished = await self.fleet.finished(log)
        assert finished.status == "failed", finished
        assert finished.failure
        assert finished.failure.message
        assert finished.failure.fix, "what the person can do"
        return finished.failure


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def drill(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Drill]:
    folder = tmp_path_factory.mktemp("work")
    settings, _ = load({"HOME": str(folder), "MYCODER_DATA_DIR": str(folder / "data")}, {}, folder)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ModelServer())
        with pytest.MonkeyPatch.context() as environment:
            for name, value in server.environment.items():
                environment.setenv(name, value)
            roles = ("orchestrator", "coder", "executor", "model")
            started = await stack.enter_async_context(Fleet(settings, roles))
        client = await connect(started.settings, "client")
        stack.push_async_callback(client.close)
        yield Drill(RunningFleet(started, client, stack, folder), server, folder)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def repository(drill: Drill) -> Path:
    return drill.repository("repository", "x = 1\n")


async def test_a_step_that_used_up_its_turns(drill: Drill, repository: Path) -> None:
    model = drill.transcript("turns", [LOOK], [WRITE], [WRITE])
    failure = await drill.failure(await drill.start(repository, model=model, limits=Limits(turns=2)))
    assert failure.code is FailureCode.TURN_LIMIT
    assert "2 turns" in failure.message


async def test_a_step_that_used_up_its_time(drill: Drill, repository: Path) -> None:
    sleep = {"name": "bash", "arguments": {"command": "sleep 1.2"}}
    model = drill.transcript("time", [sleep], [LOOK], [LOOK])
    failure = await drill.failure(await drill.start(repository, model=model, limits=Limits(minutes=0.02)))
    assert failure.code is FailureCode.OUT_OF_TIME


async def test_a_step_that_goes_in_circles_whatever_it_is_told(drill: Drill, repository: Path) -> None:
    model = drill.transcript("circles", *([[LOOK]] * 40))
    log = await drill.start(repository, model=model)
    failure = await drill.failure(log)
    assert failure.code is FailureCode.STUCK
    steered = [event.action for event in await drill.fleet.events(log) if isinstance(event, StepSteered)]
    assert steered == ["hint", "rewind"]


async def test_a_task_without_a_repository(drill: Drill) -> None:
    assert (await drill.failure(await drill.start())).code is FailureCode.BAD_SUBMISSION


async def test_a_repository_that_is_not_there(drill: Drill) -> None:
    nowhere = Repository(path=str(drill.folder / "nowhere"))
    assert (await drill.failure(await drill.start(repository=nowhere))).code is FailureCode.WORKSPACE


async def test_a_replay_on_other_code(drill: Drill, repository: Path) -> None:
    model = drill.transcript("recorded", [WRITE], [GIVE_UP])
    recorded = await drill.start(repository, model=model)
    await drill.failure(recorded)
    other = drill.repository("other", "x = 9\n")
    failure = await drill.failure(await drill.start(other, model=model, replay=recorded.run))
    assert failure.code is FailureCode.REPLAY_DIVERGED
    assert "turn 1" in failure.message


async def test_a_model_that_declines_again_and_again(drill: Drill, repository: Path) -> None:
    drill.server.otherwise = Answer(text="I will not.", finish="refusal")
    failure = await drill.failure(await drill.start(repository, model="openai/test"))
    assert failure.code is FailureCode.MODEL_REFUSED


async def test_a_task_that_does_not_fit_any_window(drill: Drill, repository: Path) -> None:
    drill.server.otherwise = Refuse(status=400, code="context_length_exceeded", message="too long")
    asked = len(drill.server.requests)
    failure = await drill.failure(await drill.start(repository, model="openai/test"))
    assert failure.code is FailureCode.CONTEXT_OVERFLOW
    assert len(drill.server.requests) - asked == 2, "once more with less, then never again"
