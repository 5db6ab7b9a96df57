"""Socket.IO: who gets in, the list, a run's log without gap or repetition, and clients that do not keep up."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, Refused, Shared, SocketClient, gateway, sharing

from mycoderai.broker.log import append, read_events
from mycoderai.gateway.access import cookie_name
from mycoderai.schemas.chat import Message
from mycoderai.schemas.events import CancelAsked, RunFinished, RunSubmitted, StepTurn, encode
from mycoderai.schemas.execution import Checkpoint, ToolResult
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log

NOOP = RunSubmitted(task="do nothing", role="noop")
WORKING = ("orchestrator", "noop", "memory")


def connected(served: Gateway) -> Any:
    return SocketClient.connected(served, auth={"token": served.token})


async def sequences(fleet: RunningFleet, log: Log) -> list[int]:
    return [recorded.seq for recorded in await read_events(fleet.client, log.stream, log.all)]


async def until(client: SocketClient, seq: int) -> list[int]:
    """The sequences of the events up to one of them, as they come."""
    seen: list[int] = []
    while not seen or seen[-1] < seq:
        seen.append((await client.next("event"))["seq"])
    return seen


@sharing()
async def test_a_socket_needs_the_token(guarded: Shared) -> None:
    served = guarded.served
    for auth in (None, {}, {"token": "wrong"}, {"token": 7}, "text", [served.token]):
        with pytest.raises(Refused, match="token_"):
            async with SocketClient.connected(served, auth=auth):
                pass
    cookie = f"{cookie_name({'host': urlsplit(served.url).netloc})}={served.token}"
    for headers in ({"Cookie": cookie}, {"Authorization": f"Bearer {served.token}"}):
        async with SocketClient.connected(served, headers=headers) as client:
            assert (await client.ask("subscribe", {}))["ok"]
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Origin": "http://elsewhere.example"}
    elsewhere = await served.get("/socket.io/?EIO=4&transport=websocket", **upgrade)
    assert elsewhere.status == 403
    refused = await served.get("/socket.io/?EIO=4&transport=polling", Origin="http://elsewhere.example")
    assert refused.status == 403


@sharing(*WORKING)
async def test_the_list_comes_whole_and_then_in_changes(shared: Shared) -> None:
    fleet, served = shared
    first = await fleet.submit(NOOP)
    await fleet.remembered((await fleet.wait_for(first, RunFinished)).seq)
    async with connected(served) as client:
        answer = await client.ask("subscribe", {})
        assert answer["data"]["runs"][0]["run"] == first.run
        second = await fleet.submit(NOOP)
        async with asyncio.timeout(WITHIN_S):
            while True:
                (line,) = (await client.next("runs"))["runs"]
                assert line["run"] == second.run, "what did not change is not sent again"
                if line["status"] == "succeeded":
                    break


@sharing()
async def test_a_run_comes_as_a_snapshot_and_then_event_by_event(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(NOOP)
    async with connected(served) as client:
        data = await client.watch(log.run)
        assert (data["run"], data["detail"]["run"]["status"], data["turns"]) == (log.run, "submitted", [])
        seq = await append(fleet.client, log.ask("cancel"), CancelAsked(by="ada", reason="enough"))
        event = await client.next("event")
        assert (event["seq"], event["kind"], event["run"], event["by"]) == (seq, "ask.cancel", log.run, "ada")
        assert (await client.ask("unsubscribe", {"run": log.run})) == {"ok": True, "data": {}}
        await fleet.remembered(await append(fleet.client, log.ask("cancel"), CancelAsked(by="bob")))
        resumed = await client.ask("subscribe", {"run": log.run, "after_seq": seq})
        assert "detail" not in resumed["data"]
        assert (await client.next("event"))["by"] == "bob"
        assert client.events == []


@sharing(*WORKING)
async def test_a_cursor_goes_on_where_it_stopped(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(NOOP)
    await fleet.remembered((await fleet.wait_for(log, RunFinished)).seq)
    stored = await sequences(fleet, log)
    for place, after in enumerate([0, *stored[:-1]]):
        async with connected(served) as client:
            assert (await client.ask("subscribe", {"run": log.run[:20], "after_seq": after}))["ok"]
            assert await until(client, stored[-1]) == stored[place:]
    async with connected(served) as client:
        beyond = await client.ask("subscribe", {"run": log.run, "after_seq": stored[-1] + 1000})
        assert beyond["data"]["detail"]["run"]["run"] == log.run, "a cursor of another log starts anew"
        assert beyond["data"]["seq"] <= stored[-1] + 1


@sharing(*WORKING)
async def test_many_watchers_of_a_run_at_work_miss_nothing(shared: Shared) -> None:
    fleet, served = shared
    async with connected(served) as early, connected(served) as late:
        log = await fleet.submit(NOOP)
        await asyncio.gather(*(client.watch(log.run, after_seq=0) for client in (early, late)))
        async with early.resting(), late.resting():
            await fleet.finished(log)
        stored = await sequences(fleet, log)
        assert await until(early, stored[-1]) == stored
        assert await until(late, stored[-1]) == stored


BAD: list[tuple[object, str]] = [
    ({"run": "zzzz"}, "unknown_run"),
    ({"run": "A b"}, "bad_request"),
    ({"run": "a.>"}, "bad_request"),
    ({"run": 7}, "bad_request"),
    ({"run": ["a"]}, "bad_request"),
    ({"after_seq": -1}, "bad_request"),
    ({"after_seq": "1"}, "bad_request"),
    ({"after_seq": True}, "bad_request"),
    ({"run": "abc", "at_most": -1}, "bad_request"),
    ({"after_seq": 1.5}, "bad_request"),
    ({"room": "kitchen"}, "bad_request"),
    ({"run": "abc", "room": "inbox"}, "bad_request"),
    ({"run": "abc", "live": "yes"}, "bad_request"),
    ("text", "bad_request"),
    ([], "bad_request"),
    (7, "bad_request"),
]


@sharing()
async def test_what_makes_no_sense_is_explained_in_the_ack(shared: Shared) -> None:
    served = shared.served
    async with connected(served) as client:
        for asked, code in BAD:
            answer = await client.ask("subscribe", asked)
            assert (answer["ok"], answer["error"]["code"]) == (False, code), asked
            assert answer["error"].keys() == {"code", "message", "fix"}
        for nothing in ((), (None,), ({},)):
            assert (await client.ask("subscribe", *nothing))["ok"], "no fields is the list"


@sharing()
async def test_a_connection_watches_only_so_many_runs(shared: Shared) -> None:
    fleet, served = shared
    logs = [await fleet.submit(NOOP) for _ in range(17)]
    await fleet.remembered((await fleet.wait_for(logs[-1], RunSubmitted)).seq)
    async with connected(served) as client:
        for _ in range(2):
            answers = [await client.ask("subscribe", {"run": log.run}) for log in logs[:16]]
            assert all(answer["ok"] for answer in answers), "asking again for the same run takes no more room"
        assert (await client.ask("subscribe", {"run": logs[16].run}))["error"]["code"] == "too_many_subscriptions"


@pytest.mark.slow
async def test_a_client_that_does_not_read_holds_up_nobody(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("memory",), durability="process")
    log = await fleet.submit(NOOP)
    async with gateway(fleet.settings) as served, connected(served) as quick, connected(served) as stuck:
        await asyncio.gather(*(client.watch(log.run, after_seq=0) for client in (quick, stuck)))
        # From here on nobody reads the second one's socket.
        before, turns = served.rss_kib, 4000
        seen, _ = await asyncio.gather(
            taken(quick, 1 + turns),  # at once: who takes nothing for long is cut off
            _flood(fleet, log, turns, characters=8000),
        )
        assert seen == await sequences(fleet, log)
        assert served.rss_kib - before < 24_000, "32 MB went by; what waits for the one that is stuck is bounded"
        assert (await served.get("/healthz", token=False)).status == 200


async def taken(client: SocketClient, count: int) -> list[int]:
    """The sequences of the next events."""
    return [(await client.next("event"))["seq"] for _ in range(count)]


async def _flood(fleet: RunningFleet, log: Log, turns: int, characters: int) -> None:
    """Many turns in a row, as a step that talks a lot would store them."""
    admin = await fleet.connect("admin")
    turn = StepTurn(
        attempt=1,
        turn=1,
        message=Message(role="assistant", content="I look."),
        results=(ToolResult(call="c", name="bash", output="x" * characters),),
        checkpoint=Checkpoint(commit="c", tree="t"),
    )
    payload, subject = encode(turn), log.step_event("noop", "main", "turn")
    for number in range(turns - 1):
        await admin.publish(subject, payload)
        if number % 200 == 0:
            await admin.flush()
    await admin.request(subject, payload, timeout=WITHIN_S)


@sharing()
async def test_a_client_resumes_at_another_gateway(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(NOOP)
    async with connected(served) as client:
        seq: int = (await client.watch(log.run))["seq"]
    missed = await append(fleet.client, log.ask("cancel"), CancelAsked(by="ada"))
    async with gateway(fleet.settings) as other, connected(other) as client:
        assert "detail" not in await client.watch(log.run, after_seq=seq)
        assert await until(client, missed) == [missed]


async def test_killing_a_gateway_costs_its_clients_nothing(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("memory",), durability="process")
    log = await fleet.submit(NOOP)
    (log_begin,) = await sequences(fleet, log)
    await fleet.remembered(log_begin)
    stop = asyncio.Event()

    async def append_on() -> list[int]:
        stored = []
        while not stop.is_set():
            stored.append(await append(fleet.client, log.ask("cancel"), CancelAsked(by=new_id())))
            await asyncio.sleep(0.002)
        return stored

    seen = [log_begin]
    async with gateway(fleet.settings) as first, gateway(fleet.settings) as second:
        appending = asyncio.create_task(append_on())
        async with connected(first) as client:
            assert "detail" not in await client.watch(log.run, after_seq=seen[-1])
            seen += await taken(client, 100)
            first.process.kill()
            with pytest.raises(ConnectionError):
                await until(client, seen[-1] + 100_000)
        await fleet.remembered(seen[-1])  # to a cursor that memory has not come to, it answers with all that it knows
        async with connected(second) as client:
            assert "detail" not in await client.watch(log.run, after_seq=seen[-1])
            seen += await taken(client, 100)
            stop.set()
            stored = await appending
            while seen[-1] < stored[-1]:
                seen.append((await client.next("event"))["seq"])
    assert seen[1:] == stored


async def test_a_watcher_lives_through_the_end_of_the_broker(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("memory",))
    log = await fleet.submit(NOOP)
    async with gateway(fleet.settings) as served, connected(served) as client:
        await client.watch(log.run)
        record = json.loads((Path(fleet.settings.data_dir) / "fleet.json").read_text())
        os.kill(record["processes"]["nats-server"][0], signal.SIGKILL)
        # With an id it is stored once, though it may be sent again; and who watches goes on reading, or is cut off.
        asking = append(fleet.client, log.ask("cancel"), CancelAsked(by="ada"), id=new_id())
        event, seq = await asyncio.gather(client.next("event"), asking)
        assert event["seq"] == seq

        async def ready() -> bool:
            return (await served.get("/readyz", token=False)).status == 200

        await eventually(ready)
