"""Commands that were acknowledged, but are stored again: as when their removal never got to the disk."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

from eventually import WITHIN_S, eventually
from nats.aio.msg import Msg

from mycoderai.broker.verify import purge_acknowledged
from mycoderai.schemas.subjects import ORCHESTRATOR, Log
from tests.integration.memory_fixtures import Broker, broker, restart
from tests.unit.memory_logs import solved_run

RUNS = 5
COMMANDS_OF_A_RUN = 3
"""For an orchestrator: it is submitted, its step is done, and the request that ends `send`."""
CONSUMER = f"CONSUMER.INFO.COMMANDS.{ORCHESTRATOR}"


async def test_what_was_acknowledged_and_is_stored_again_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    before = tmp_path / "msgs before"
    async with broker(tmp_path / "one") as here:
        for number in range(RUNS):
            await here.send(solved_run(Log(f"run{number}")))
        copied = await _copied(here)
        await restart(here, lambda store: shutil.copytree(_messages(store), before))
        await _acknowledge(here, copied - 1)
        rest = await _stored(here)
        await restart(here, lambda store: _put_back(_messages(store), before))
        assert await _stored(here) == rest + copied - 1, "the broker does not see to it by itself"
        assert await purge_acknowledged(here.admin, here.settings) == copied - 1
        assert await _stored(here) == rest
        assert await purge_acknowledged(here.admin, here.settings) == 0
        await _acknowledge(here, 1)


def _messages(store: Path) -> Path:
    return next(store.glob("jetstream/*/streams/COMMANDS/msgs"))


def _put_back(messages: Path, by: Path) -> None:
    shutil.rmtree(messages)
    shutil.copytree(by, messages)


async def _copied(here: Broker) -> int:
    """How many commands wait for an orchestrator, once the queue has those of all runs."""

    async def all_of_them() -> bool:
        return (await here.api(CONSUMER))["num_pending"] == RUNS * COMMANDS_OF_A_RUN

    await eventually(all_of_them)
    return RUNS * COMMANDS_OF_A_RUN


async def _stored(here: Broker) -> int:
    info: Any = await here.api("STREAM.INFO.COMMANDS")
    return int(info["state"]["messages"])


async def _acknowledge(here: Broker, count: int) -> None:
    """Take so many commands, and have the broker confirm that they are done."""
    taken: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = here.admin.new_inbox()
    subscription = await here.admin.subscribe(inbox, cb=taken.put)
    request = json.dumps({"batch": count, "expires": int(WITHIN_S) * 10**9}).encode()
    await here.admin.publish(f"$JS.API.CONSUMER.MSG.NEXT.COMMANDS.{ORCHESTRATOR}", request, reply=inbox)
    for _ in range(count):
        command = await asyncio.wait_for(taken.get(), WITHIN_S)
        await here.admin.request(command.reply, b"+ACK", timeout=WITHIN_S)
    await subscription.unsubscribe()
