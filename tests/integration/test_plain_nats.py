"""What docs/nats.md promises to people who have a NATS client and nothing of ours. Every client here is a bare one."""

import asyncio
import json
import re
import sys
from pathlib import Path

import nats
import pytest
from eventually import WITHIN_S
from nats.aio.client import Client
from nats.js.errors import APIError

from mycoderai.broker.dead import REASON
from mycoderai.schemas.ids import new_id

PAGE = Path(__file__).parents[2] / "docs" / "nats.md"
FIRST_ONLY = {"Nats-Expected-Last-Subject-Sequence": "0"}
NOOP = {"kind": "run.submitted", "task": "nothing at all", "role": "noop"}
FAULTY = {
    "calc.py": "def largest(values):\n    best = values[0]\n    for value in values:\n"
    "        if value < best:\n            best = value\n    return best\n",
    "test_calc.py": "from calc import largest\n\n\ndef test_largest():\n    assert largest([1, 3, 2]) == 3\n\n\n"
    "def test_largest_of_one():\n    assert largest([4]) == 4\n",
}


async def plain(fleet, **options) -> Client:
    password = (fleet.settings.credentials / "client").read_text().strip()
    options |= {"user": "client", "password": password, "inbox_prefix": b"_INBOX.client"}
    return await nats.connect(fleet.settings.nats_url, **options)


async def publish(nc: Client, run: str, payload: dict | bytes, headers: dict[str, str] | None = FIRST_ONLY):
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return await nc.jetstream().publish(f"evt.0.{run}.run.submitted", data, timeout=WITHIN_S, headers=headers)


async def watch(nc: Client, run: str) -> asyncio.Queue:
    queue: asyncio.Queue = asyncio.Queue()

    async def on_event(msg) -> None:
        queue.put_nowait(json.loads(msg.data))

    await nc.subscribe(f"log.0.{run}.>", cb=on_event)
    await nc.flush()
    return queue


async def until_finished(queue: asyncio.Queue) -> list[dict]:
    events = []
    async with asyncio.timeout(WITHIN_S):
        while not events or events[-1]["kind"] != "run.finished":
            events.append(await queue.get())
    return events


@pytest.fixture
async def noop_fleet(start_fleet):
    return await start_fleet(roles=("orchestrator", "noop"))


async def test_one_publish_starts_a_run(noop_fleet) -> None:
    nc = await plain(noop_fleet)
    run = new_id()
    log = await watch(nc, run)
    ack = await publish(nc, run, NOOP)
    assert (ack.stream, ack.duplicate) == ("EVENTS", None)
    events = await until_finished(log)
    kinds = [event["kind"] for event in events]
    assert kinds == ["run.submitted", "run.planned", "step.ready", "step.started", "step.done", "run.finished"]
    assert events[-1]["status"] == "succeeded"
    await nc.close()


async def test_a_repeated_publish_is_refused_and_starts_nothing(noop_fleet) -> None:
    """Repeated at once, while the run is on its way, and after its end, with the same payload and another one."""
    nc = await plain(noop_fleet)
    run = new_id()
    log = await watch(nc, run)
    results = await asyncio.gather(*(publish(nc, run, NOOP) for _ in range(5)), return_exceptions=True)
    refused = [error for error in results if isinstance(error, APIError)]
    assert [error.err_code for error in refused] == [10071] * 4
    events = await until_finished(log)
    for payload in (NOOP, {**NOOP, "task": "something else"}):
        with pytest.raises(APIError) as again:
            await publish(nc, run, payload)
        assert again.value.err_code == 10071
    # Another run's end shows that the orchestrator has been through everything before it.
    other = new_id()
    other_log = await watch(nc, other)
    await publish(nc, other, NOOP)
    await until_finished(other_log)
    while not log.empty():
        events.append(log.get_nowait())
    assert [event["kind"] for event in events].count("run.planned") == 1
    assert [event["kind"] for event in events].count("step.started") == 1
    assert events[-1]["kind"] == "run.finished"
    await nc.close()


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"make the failing tests pass", "not an event"),
        (b'{"kind": "run.submitted", "task": " "}', "the task is empty"),
        (b'{"kind": "run.submitted", "task": "x", "role": "Coder!"}', "is not a name"),
        (b'{"kind": "run.finished", "status": "succeeded"}', "does not belong on run.submitted"),
    ],
)
async def test_what_is_no_submission_lands_in_dead_and_the_loop_lives(noop_fleet, payload: bytes, reason: str) -> None:
    nc = await plain(noop_fleet)
    admin = await noop_fleet.connect("admin")
    letters = await admin.subscribe("dead.>")
    await admin.flush()
    bad, good = new_id(), new_id()
    heard, good_log = await nc.subscribe(f"log.0.{bad}.>"), await watch(nc, good)
    await publish(nc, bad, payload)
    letter = await letters.next_msg(timeout=WITHIN_S)
    assert letter.subject == f"dead.orchestrator.{bad}.unknown"
    assert reason in letter.headers[REASON]
    assert letter.data == payload
    await publish(nc, good, NOOP)
    assert (await until_finished(good_log))[-1]["status"] == "succeeded"
    assert heard.pending_msgs == 1
    await nc.close()


async def test_a_role_nobody_plays_fails_with_a_reason(noop_fleet) -> None:
    nc = await plain(noop_fleet)
    run = new_id()
    log = await watch(nc, run)
    await publish(nc, run, {**NOOP, "role": "gardener"})
    finished = (await until_finished(log))[-1]
    assert finished["status"] == "failed"
    assert finished["failure"]["code"] == "unknown_role"
    await nc.close()


async def test_the_outcome_can_be_asked_for_later(noop_fleet) -> None:
    nc = await plain(noop_fleet)
    run = new_id()
    subject = f"$JS.API.DIRECT.GET.EVENTS.evt.0.{run}.run.finished"
    assert (await nc.request(subject, b"", timeout=WITHIN_S)).headers["Status"] == "404"
    log = await watch(nc, run)
    await publish(nc, run, NOOP)
    await until_finished(log)
    assert json.loads((await nc.request(subject, b"", timeout=WITHIN_S)).data)["status"] == "succeeded"
    await nc.close()


async def test_the_client_user_may_submit_and_ask_and_nothing_else(noop_fleet) -> None:
    errors: asyncio.Queue[Exception] = asyncio.Queue()
    nc = await plain(noop_fleet, error_cb=errors.put)
    for kind in ("run.planned", "run.finished", "ready.noop.main", "step.noop.main.done"):
        subject = f"evt.0.{new_id()}.{kind}"
        await nc.publish(subject, b"{}")
        async with asyncio.timeout(WITHIN_S):
            while f'permissions violation for publish to "{subject}"' not in str(await errors.get()).lower():
                pass
    await nc.close()


async def test_the_example_of_the_page_works_as_printed(start_fleet, make_repo, tmp_path: Path) -> None:
    fleet = await start_fleet()
    repository = make_repo(FAULTY)
    script = tmp_path / "submit.py"
    script.write_text(example())
    arguments = [fleet.settings.nats_url, str(fleet.settings.credentials / "client"), str(repository)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(script), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, output.decode() + errors.decode()
    *kinds, last = output.decode().splitlines()
    assert kinds[0] == "run.submitted"
    assert kinds[-1] == "run.finished"
    result = json.loads(last)
    assert result["status"] == "succeeded"
    assert result["branch"] == f"mycoder/{result['run']}"
    assert "if value < best" in (repository / "calc.py").read_text()


def example() -> str:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert "mycoderai" not in code
    return code
