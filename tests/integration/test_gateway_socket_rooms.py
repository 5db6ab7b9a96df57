"""Socket.IO beyond a run's log: the inbox, the fleet, what steps do right now, and commands, by role."""

import asyncio
import contextlib
import time
from typing import Any

import msgspec
from eventually import WITHIN_S, eventually
from gateway_support import Gateway, Shared, SocketClient, sharing
from nats.aio.client import Client

from mycoderai.broker.log import append
from mycoderai.gateway.live import TICK_S
from mycoderai.schemas.events import Question, RunPlanned, RunSubmitted, StepReady, StepStarted, StepWaiting
from mycoderai.schemas.subjects import live

PROBE = "probe "
NOOP = RunSubmitted(task="do nothing", role="noop")


def connected(served: Gateway, token: str = "") -> Any:
    return SocketClient.connected(served, auth={"token": token or served.token})


@sharing("orchestrator", "memory")
async def test_the_inbox_comes_whole_and_again_when_it_changes(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(NOOP)
    step = (await fleet.wait_for(log, StepReady)).subject.step
    worker = await fleet.connect("noop")
    async with connected(served) as client:
        assert (await client.ask("subscribe", {"room": "inbox"}))["data"] == {"questions": []}
        question = Question(id="q1", kind="approval", text="May I?")
        await append(worker, log.step_event("noop", step, "started"), StepStarted(attempt=1, worker="w:1"))
        await append(worker, log.step_event("noop", step, "waiting"), StepWaiting(attempt=1, question=question))
        (asked,) = (await client.next("inbox"))["questions"]
        assert (asked["run"], asked["step"], asked["question"]["id"]) == (log.run, step, "q1")
        approve = {"what": "approve", "id": "a1", "run": log.run, "question": "q1"}
        answer = await client.ask("command", approve)
        assert (answer["ok"], answer["data"]["outcome"], answer["data"]["repeated"]) == (True, "accepted", False)
        assert (await client.next("inbox"))["questions"] == []
        again = await client.ask("command", approve)
        assert (again["data"]["repeated"], again["data"]["seq"]) == (True, answer["data"]["seq"])
        other = await client.ask("command", {**approve, "what": "deny"})
        assert other["error"]["code"] == "id_used"


@sharing()
async def test_the_fleet_is_told_while_it_changes(shared: Shared) -> None:
    fleet, served = shared
    async with connected(served) as client:
        first = (await client.ask("subscribe", {"room": "fleet"}))["data"]
        async with asyncio.timeout(WITHIN_S):
            while ["memory"] not in [worker["roles"] for worker in first["workers"]]:
                first = await client.next("fleet")  # who did not answer in time is in a later look
        await fleet.submit(NOOP)

        def stored(seen: dict[str, Any]) -> int:
            return sum(stream["messages"] for stream in seen["streams"])

        async with asyncio.timeout(WITHIN_S):
            while stored(await client.next("fleet")) <= stored(first):
                pass
        assert (await client.ask("unsubscribe", {"room": "fleet"}))["ok"]


@sharing()
async def test_what_a_step_does_right_now_is_passed_on_to_those_who_want_it(shared: Shared) -> None:
    fleet, served = shared
    log, other = await fleet.submit(NOOP), await fleet.submit(NOOP)
    model = await fleet.connect("model")
    async with connected(served) as client, connected(served) as plain:
        await client.watch(log.run)
        await plain.watch(log.run, live=False)
        await until_heard(model, log.run, client)
        words, began = [f"word-{number} " for number in range(200)], time.monotonic()
        for word in words:
            await model.publish(live(other.run, "main", "delta"), msgspec.json.encode({"call": "c", "text": "no"}))
            await model.publish(live(log.run, "main", "delta"), msgspec.json.encode({"call": "c", "text": word}))
            await asyncio.sleep(0.001)
        heard: list[dict[str, Any]] = []
        async with asyncio.timeout(WITHIN_S):
            while "".join(event["text"] for event in heard).replace(PROBE, "") != "".join(words):
                heard.append(await client.next("live"))
        assert {(event["run"], event["step"], event["kind"]) for event in heard} == {(log.run, "main", "delta")}
        spoken = [event for event in heard if event["text"] != PROBE]
        assert len(spoken) <= 2 + (time.monotonic() - began) / TICK_S, "they come together"
        assert (await plain.ask("unsubscribe", {"run": log.run}))["ok"]
        assert plain.events == []


async def until_heard(model: Client, run: str, client: SocketClient) -> None:
    """Nothing is kept of what steps say: a browser may be told that it watches before the gateway listens."""

    async def heard() -> bool:
        await model.publish(live(run, "main", "delta"), msgspec.json.encode({"call": "c", "text": PROBE}))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                return bool(await client.next("live"))
        return False

    await eventually(heard)


@sharing("orchestrator", "memory")
async def test_each_event_needs_its_role(guarded: Shared) -> None:
    fleet, served = guarded
    log = await fleet.submit(NOOP)
    await fleet.remembered((await fleet.wait_for(log, RunPlanned)).seq)
    cancel = {"what": "cancel", "id": "c1", "run": log.run}
    tokens = {}
    for role in ("viewer", "operator"):
        made = await served.send("POST", "/api/v1/tokens", {"name": role, "role": role})
        tokens[role] = made.json["secret"]
    async with connected(served, tokens["viewer"]) as viewer, connected(served, tokens["operator"]) as operator:
        for event, asked in (
            ("subscribe", {"run": log.run}),
            ("subscribe", {"room": "inbox"}),
            ("unsubscribe", {}),
        ):
            assert (await viewer.ask(event, asked))["ok"]
        refused = await viewer.ask("command", cancel)
        assert (refused["error"]["code"], refused["error"].keys()) == ("not_allowed", {"code", "message", "fix"})
        assert (await operator.ask("command", cancel))["data"]["outcome"] == "accepted"
        assert (await operator.ask("command", cancel | {"what": "explode"}))["error"]["code"] == "bad_request"
        entries = (await served.get("/api/v1/audit")).json["entries"]
        written = {(entry["who"], entry["id"], entry["outcome"], entry["detail"]) for entry in entries}
        assert written >= {
            ("operator", "c1", "done", ""),
            ("operator", "", "refused", "bad_request"),
            ("viewer", "", "refused", "not_allowed"),
        }


@sharing()
async def test_a_command_that_makes_no_sense_is_not_carried_out(shared: Shared) -> None:
    fleet, served = shared
    log = await fleet.submit(NOOP)
    async with connected(served) as client:
        for asked, code in (
            (None, "bad_request"),
            ("cancel", "bad_request"),
            ({"what": "cancel"}, "bad_request"),
            ({"what": "explode", "id": "a", "run": log.run}, "bad_request"),
            ({"what": "cancel", "id": "a", "run": log.run, "raeson": "typo"}, "bad_request"),
            ({"what": "cancel", "id": "a b", "run": log.run}, "bad_request"),
            ({"what": "cancel", "id": "a", "run": "zzzz"}, "unknown_run"),
        ):
            answer = await client.ask("command", asked)
            assert (answer["ok"], answer["error"]["code"]) == (False, code), asked
