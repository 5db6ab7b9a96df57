"""The gateway's door, health and API, against a real broker and memory."""

import asyncio
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from gateway_support import Shared, gateway, sharing

from mycoderai.gateway.fleet_plan import settings_as_variables
from mycoderai.gateway.sign_in import KEY_FILE, URL_FILE
from mycoderai.schemas.events import RunFinished, RunSubmitted
from mycoderai.schemas.settings import Settings

NOOP = RunSubmitted(task="do nothing", role="noop")


@sharing()
async def test_it_answers_a_supervisor_without_the_token(shared: Shared) -> None:
    served = shared.served
    assert urlsplit(served.url).hostname == "127.0.0.1"
    assert (await served.get("/healthz", token=False)).json == {"status": "alive"}

    async def ready() -> bool:  # a check that takes more than two seconds does not hold
        reply = await served.get("/readyz", token=False)
        return (reply.status, reply.json["status"]) == (200, "ready")

    await eventually(ready)
    assert (await served.get("/version", token=False)).json["name"] == "mycoderai"


async def test_it_is_alive_but_not_ready_without_memory(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())
    async with gateway(fleet.settings) as served:
        assert (await served.get("/healthz", token=False)).status == 200
        ready = await served.get("/readyz", token=False)
        assert ready.status == 503
        assert ready.json["checks"]["broker"]["ok"]
        assert ready.json["checks"]["memory"] == {"ok": False, "detail": "memory does not answer just now"}
        runs = await served.get("/api/v1/runs")
        assert (runs.status, runs.json["error"]["code"]) == (503, "unavailable")
        assert runs.json["error"]["message"] == "memory does not answer just now"
        assert "mycoder doctor" in runs.json["error"]["fix"]


async def test_why_it_cannot_start_is_said_to_a_person_and_to_a_supervisor(start_fleet: Any, tmp_path: Path) -> None:
    fleet: RunningFleet = await start_fleet(())
    (fleet.settings.data / URL_FILE / "in the way").mkdir(parents=True)
    assert json.loads((await said_at_start(fleet.settings)).splitlines()[-1])["message"].startswith("cannot write")
    other = tmp_path / "credentials"
    other.mkdir()
    (other / "gateway").write_bytes(b"\xff")
    binary = msgspec.structs.replace(fleet.settings, credentials_dir=str(other))
    terminal, end = os.openpty()
    assert not await said_at_start(binary, stderr=end)
    assert os.read(terminal, 4_096).decode().startswith("error: no credentials for role 'gateway'")
    os.close(end)
    os.close(terminal)


async def said_at_start(settings: Settings, stderr: int = asyncio.subprocess.PIPE) -> str:
    """By a gateway that ends at once."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mycoderai.gateway.app", "--port", "0"),
        env=os.environ | settings_as_variables(settings),
        stderr=stderr,
    )
    async with asyncio.timeout(WITHIN_S):
        _, said = await process.communicate()
    assert process.returncode == 1
    return (said or b"").decode()


WHERE: list[tuple[dict[str, str], int]] = [
    ({"Host": "rebound.example"}, 403),
    ({"Host": "127.0.0.1.rebound.example"}, 403),
    ({"Host": ""}, 403),
    ({"Host": "["}, 403),
    ({"Host": "localhost:1"}, 200),
    ({"Host": "[::1]"}, 200),
    ({"Host": "localhost", "Origin": "http://localhost"}, 200),
    ({"Host": "localhost", "Origin": "http://localhost:81"}, 403),
    ({"Origin": "https://elsewhere.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://["}, 403),
]


@sharing()
async def test_only_its_own_pages_may_ask(shared: Shared) -> None:
    served = shared.served
    for headers, status in WHERE:
        assert (await served.get("/healthz", token=False, **headers)).status == status, headers


async def test_runs_are_listed_and_shown(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator", "noop", "memory"))
    logs = [await fleet.submit(NOOP) for _ in range(3)]
    await fleet.remembered(max([(await fleet.wait_for(log, RunFinished)).seq for log in logs]))
    async with gateway(fleet.settings) as served:
        listed = (await served.get("/api/v1/runs")).json
        assert [line["run"] for line in listed["runs"]] == [log.run for log in reversed(logs)]
        assert {line["status"] for line in listed["runs"]} == {"succeeded"}
        one = (await served.get(f"/api/v1/runs?limit=1&status=succeeded&before={logs[2].run}")).json
        assert ([line["run"] for line in one["runs"]], one["more"]) == ([logs[1].run], True)
        assert (await served.get("/api/v1/runs?status=failed")).json["runs"] == []
        shown = (await served.get(f"/api/v1/runs/{logs[0].run}")).json
        assert (shown["run"]["task"], shown["steps"][0]["state"]) == ("do nothing", "done")


ODD: list[tuple[str, int, str]] = [
    ("/api/v1/runs?limit=many", 400, "bad_request"),
    ("/api/v1/runs?status=odd", 400, "bad_request"),
    ("/api/v1/runs/zzzz", 404, "unknown_run"),
    ("/api/v1/runs/A%20b", 400, "bad_request"),
    (f"/api/v1/dead/{'9' * 5_000}", 404, "unknown_letter"),
    (f"/api/v1/dead?after={1 << 64}", 400, "bad_request"),
    (f"/api/v1/memory/items?offset={1 << 64}", 400, "bad_request"),
    ("/api/v1/nothing", 404, "not_found"),
    ("/assets/../app.py", 404, "not_found"),
    ("/assets/%2e%2e/app.py", 404, "not_found"),
]


@sharing()
async def test_what_it_cannot_answer_it_explains(shared: Shared) -> None:
    served = shared.served
    for path, status, code in ODD:
        reply = await served.get(path)
        assert (reply.status, reply.json["error"]["code"]) == (status, code), path
        assert reply.json["error"].keys() == {"code", "message", "fix"}
    posted = await served.get("/api/v1/me", method="PUT")
    assert (posted.status, posted.json["error"]["code"]) == (405, "method_not_allowed")


async def test_tokens_and_address_outlive_a_restart(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())
    path = Path(fleet.settings.data_dir) / KEY_FILE
    async with gateway(fleet.settings) as first:
        assert await first.stop() == 0, "SIGTERM is a clean end"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with gateway(fleet.settings, port=None) as second:
        assert second.url == first.url
        assert (await second.get("/api/v1/me", token=False, Authorization=f"Bearer {first.token}")).status == 200


async def test_commands_are_told_of_the_first_of_several_gateways_while_it_lives(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())

    def told() -> str:
        return (fleet.settings.data / URL_FILE).read_text().strip()

    async with gateway(fleet.settings) as first:
        async with gateway(fleet.settings) as second:
            assert told() == first.url != second.url
        assert told() == first.url, "the end of another changes nothing"
        first.process.kill()
        await first.process.wait()
    async with gateway(fleet.settings) as third:
        assert told() == third.url
