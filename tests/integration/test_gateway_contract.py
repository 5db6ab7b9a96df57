"""What is said over HTTP, on the broker and over Socket.IO is what the OpenAPI and AsyncAPI documents say."""

import asyncio
import contextlib
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
from asyncapi_support import Judge
from eventually import eventually
from fleet_support import ALL_ROLES, RunningFleet
from gateway_support import SocketClient, gateway
from nats.aio.msg import Msg

from mycoderai.gateway.api.table import described
from mycoderai.schemas.subjects import Log

TEMPLATES = 3
"""Examples of each operation, beside one for every boundary the document has."""
LEFT_OUT = "positive_data_acceptance"
"""A schema cannot say all that makes a request sensible: an empty task has its form and is refused."""
PRIVATE = ("$", "_R_")
"""The broker's own subjects, which its manual describes."""
SAID = {
    *("access.token.token", "audit.entry", "cmd.pool.run.step", "live.run.step.output", "live.run.step.tool"),
    *("log.shard.run", "metrics.asked", "metrics.told.role", "model.answered", "evidence.recorded"),
    *("run.submitted", "run.planned", "run.finished", "step.ready", "step.opened", "step.started", "step.turn"),
    *("step.done", "svc.memory.query.ListRuns.replies", "svc.model.chat.ModelRequest.replies"),
    *("svc.exec.open.OpenSession.replies", "svc.exec.session.tool.ToolRequest.replies"),
    *("svc.exec.session.submit.SubmitRequest.replies", "svc.exec.session.close.CloseSession.replies"),
    *("socket.subscribe.ack", "socket.unsubscribe.ack", "socket.command.ack", "socket.event.payload"),
    *("socket.live.payload", "socket.runs.payload", "socket.fleet.payload"),
}
"""What the demo makes the fleet say, at least."""


async def test_every_answer_is_one_the_document_knows(start_fleet: Any, tmp_path: Path) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator", "memory"))
    async with gateway(msgspec.structs.replace(fleet.settings, gateway_rate=1_000)) as served:
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.prefix, "contract", "bin", "schemathesis")),
            *("run", f"{served.url}/openapi.json", "--phases", "coverage,fuzzing", "--continue-on-failure"),
            *("--max-examples", str(TEMPLATES), "--generation-deterministic", "--suppress-health-check", "all"),
            *("--exclude-checks", LEFT_OUT, "--no-color"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=tmp_path,
        )
        out, _ = await process.communicate()
    said = out.decode()
    assert process.returncode == 0, said[-6_000:]
    tested = re.search(r"Tested: (\d+)", said)
    assert tested
    assert int(tested[1]) == len(described()) + 1, "and /readyz"


async def test_every_message_of_the_demo_is_one_the_document_knows(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(ALL_ROLES)
    admin, judge = await fleet.connect("admin"), Judge()

    async def hear(msg: Msg) -> None:
        if not msg.subject.startswith(PRIVATE):
            judge.hear(msg)

    await admin.subscribe(">", cb=hear)
    await admin.flush()
    async with (
        gateway(fleet.settings) as served,
        SocketClient.connected(served, auth={"token": served.token}) as client,
    ):

        async def ask(event: str, **payload: object) -> None:
            judge.hear_socket(event, "payload", payload)
            judge.hear_socket(event, "ack", await client.ask(event, payload))

        for room in ("runs", "inbox", "fleet"):
            await ask("subscribe", room=room)
        started = await served.send("POST", "/api/v1/demo", {"id": "demo-1"})
        assert started.status == 201, started.text
        again = await served.send("POST", "/api/v1/demo", {"id": "demo-1"})
        assert (again.status, again.json["run"]) == (200, "demo-1")
        await ask("subscribe", run="demo-1", after_seq=0)
        kind = ""
        while kind != "run.finished":  # and thereby keep the connection alive
            event = await client.next("event")
            judge.hear_socket("event", "payload", event)
            kind = event["kind"]
        log = Log("demo-1")
        ended = await fleet.finished(log)
        assert ended.status == "succeeded", await fleet.story(log)
        assert ended.evidence
        assert ended.evidence.tests.not_green == 0
        await ask("command", id="c-1", run="demo-1", what="cancel")
        judge.hear_socket("command", "ack", await client.ask("command", {"what": "no such thing"}))
        for name in ("live", "runs", "fleet"):  # that there is one of each is told when there is time
            judge.hear_socket(name, "payload", await client.next(name))
        await ask("unsubscribe", run="demo-1")
        for event, payload in client.events:
            judge.hear_socket(event, "payload", payload)
    with contextlib.suppress(TimeoutError):  # who closes what the run had used does so after its end
        await eventually(lambda: judge.seen >= SAID)
    assert judge.wrong == []
    assert judge.seen >= SAID, SAID - judge.seen
