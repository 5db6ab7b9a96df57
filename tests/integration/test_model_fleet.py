"""Model workers as processes of a fleet, asked over the broker, in front of a provider on loopback."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from eventually import WITHIN_S
from fleet_support import RunningFleet
from model_server import Answer, Call, Hang, ModelServer, Refuse
from model_server_support import OPENAI, asking
from nats.aio.msg import Msg

from mycoderai.broker.log import append
from mycoderai.broker.request import call
from mycoderai.gateway.fleet_data import read_record
from mycoderai.gateway.fleet_process import readable
from mycoderai.schemas.chat import ModelAnswer
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import ModelAnswered, RunFinished, RunSubmitted, StepTurn
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import MODEL_CHAT, Log
from mycoderai.workers.agents.services import chat

BUGGY = {
    "calc.py": "def total(items):\n    return -sum(items)\n",
    "tests/test_calc.py": "from calc import total\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
}
LESS_THAN_LITELLM_MB = 100
FIX = {"command": "str_replace", "path": "calc.py", "old_str": "-sum", "new_str": "sum"}


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


async def test_a_shard_that_does_not_hold_the_run_is_refused(start_fleet) -> None:
    fleet: RunningFleet = await start_fleet(roles=("model",))
    asker = await fleet.connect("coder")
    with pytest.raises(RefusedError, match="shard 7 does not hold run") as refused:
        await call(asker, MODEL_CHAT, asking("offline/repair", shard=7), ModelAnswer, timeout_s=WITHIN_S)
    assert refused.value.failure.code is FailureCode.BAD_SUBMISSION


async def test_a_run_asks_each_turn_once_and_a_fault_is_asked_again(
    start_fleet, server: ModelServer, make_repo: Callable[[dict[str, str]], Path]
) -> None:
    usage = {"input": 2000, "output": 20, "cached": 1000}
    server.script(
        Answer(text="I repair it.", calls=(Call(name="str_replace_editor", arguments=FIX),), usage=usage),
        Refuse(status=503),
        Answer(calls=(Call(name="run_tests"),), usage=usage),
        Answer(calls=(Call(name="submit", arguments={"summary": "Count upwards"}),), usage=usage),
    )
    fleet: RunningFleet = await start_fleet(prices={OPENAI: (1.0, 5.0)})
    heard: list[Msg] = []

    async def hear(msg: Msg) -> None:
        heard.append(msg)

    await fleet.client.subscribe("live.*.*.delta", cb=hear)
    log = await fleet.submit(RunSubmitted(task="fix it", model=OPENAI), make_repo(BUGGY))
    finished = await fleet.finished(log)
    assert finished.status == "succeeded", finished.failure
    keys = [request.headers["idempotency-key"] for request in server.requests]
    assert len(keys) == 4
    assert keys[1] == keys[2], "the turn that failed was asked again under the same key"
    assert len(set(keys)) == 3
    answered = [event for event in await fleet.events(log) if isinstance(event, ModelAnswered)]
    assert [event.model for event in answered] == [OPENAI] * 3
    assert sum(event.usage.cost_usd or 0 for event in answered) == pytest.approx(3 * 0.0021)
    assert [event.turn for event in await fleet.events(log) if isinstance(event, StepTurn)] == [1, 2, 3]
    await fleet.client.flush()
    assert "".join(json.loads(msg.data)["text"] for msg in heard) == "I repair it."
    assert os.environ["OPENAI_API_KEY"] not in secrets_told(fleet)


def secrets_told(fleet: RunningFleet) -> str:
    return "".join(path.read_text() for path in (fleet.settings.data / "logs").iterdir())


async def test_a_call_is_paid_once_even_when_its_worker_is_replaced(start_fleet, server: ModelServer) -> None:
    fleet: RunningFleet = await start_fleet(("model",), model_memory_mb=LESS_THAN_LITELLM_MB)
    nc = await fleet.connect("coder")
    before = os.pidfd_open(pid(fleet))
    server.script(Answer(text="cut of", finish="length", delay_s=0.3))
    request = asking(OPENAI, run=new_id(), fallbacks=("openai/other",))
    together = await asyncio.gather(*(chat(nc, request) for _ in range(5)))
    async with asyncio.timeout(WITHIN_S):
        await readable(before)
    os.close(before)
    stored = await chat(nc, request)
    assert len(server.requests) == 1
    assert [*together, stored] == [stored] * 6
    assert (stored.finish_reason, stored.model, stored.message.content) == ("length", OPENAI, "cut of")


async def test_the_end_of_a_run_stops_its_calls(start_fleet, server: ModelServer) -> None:
    fleet: RunningFleet = await start_fleet(("model",))
    nc, orchestrator = await fleet.connect("coder"), await fleet.connect("orchestrator")
    server.script(Hang())
    log = Log(new_id())
    request = asking(OPENAI, run=log.run)
    asked = asyncio.create_task(chat(nc, request))
    arrived = await server.arrived(1)
    await append(orchestrator, log.run_event("finished"), RunFinished(status="cancelled"), expected=0)
    await asyncio.wait_for(arrived.left.wait(), WITHIN_S)
    again = msgspec.structs.replace(request, call="1-2")
    for late in (asked, chat(nc, again)):
        with pytest.raises(RefusedError) as refused:
            await late
        assert refused.value.failure.code is FailureCode.CANCELLED
    assert len(server.requests) == 1


def pid(fleet: RunningFleet) -> int:
    record = read_record(fleet.settings.data)
    assert record
    return record.processes["model"][0]
