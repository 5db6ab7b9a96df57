"""Whatever is published, on whatever subject, the loops live and the reason is in DEAD."""

import json
from collections.abc import Callable
from pathlib import Path

import nats.errors
import pytest
from dead_support import letters_kept
from eventually import WITHIN_S, eventually

from mycoderai.broker.dead import BYTES
from mycoderai.broker.log import append, append_bytes, read
from mycoderai.schemas.errors import PermanentError
from mycoderai.schemas.events import SUBMISSION_BYTES, RunPlanned, RunSubmitted, StepFailed, StepReady, StepSpec, encode
from mycoderai.schemas.ids import shard_of
from mycoderai.schemas.subjects import DEAD, Log

NOOP = RunSubmitted(task="x", role="noop")
GARBAGE = [
    b"",
    b"not json",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b'{"kind":"run.submitted"}',
    b'{"kind":"run.submitted","task":""}',
    b'{"kind":"run.submitted","task":"x","v":99}',
    b'{"kind":"run.finished","status":"succeeded"}',
    b'{"kind":"run.submitted","task":"x","limits":{"minutes":NaN}}',
    b'{"kind":"run.submitted","task":"x","repository":{}}',
    b'{"kind":"run.submitted","task":"x","role":"../../etc"}',
    b'{"kind":"run.submitted","task":"x","max_parallel":0}',
    b'{"kind":"run.submitted","task":' + b"[" * 200_000,
]


async def test_malformed_submissions_are_buried_with_the_reason_and_the_next_one_runs(start_fleet) -> None:
    fleet = await start_fleet(roles=("orchestrator", "noop", "memory"))
    for number, payload in enumerate(GARBAGE):
        reply = await fleet.client.request(Log(f"bad{number}").run_event("submitted"), payload, timeout=WITHIN_S)
        assert "error" not in json.loads(reply.data)
    good = await fleet.submit(RunSubmitted(task="still alive", role="noop"))
    assert (await fleet.finished(good)).status == "succeeded"
    letters = await letters_kept(await fleet.connect("admin"), len(GARBAGE), "orchestrator")
    assert len(letters) == len(GARBAGE)


async def test_garbage_in_a_ready_step_is_buried_and_the_pool_lives(start_fleet) -> None:
    fleet = await start_fleet(roles=("orchestrator", "noop", "memory"))
    admin = await fleet.connect("admin")
    for number, payload in enumerate(GARBAGE):
        await admin.request(Log(f"bad{number}").ready("noop", "main"), payload, timeout=WITHIN_S)
    good = await fleet.submit(RunSubmitted(task="still alive", role="noop"))
    assert (await fleet.finished(good)).status == "succeeded"
    assert len(await letters_kept(admin, len(GARBAGE), "noop")) == len(GARBAGE)


async def test_a_run_whose_step_a_worker_cannot_read_fails_with_the_reason(start_fleet) -> None:
    fleet = await start_fleet(roles=("noop",))
    submission = RunSubmitted(task="x", role="noop")
    log = await fleet.submit(submission)
    admin = await fleet.connect("admin")
    spec = StepSpec(id="main", role="noop", goal="x")
    await append(admin, log.run_event("planned"), RunPlanned(steps=(spec,)))
    newer = json.loads(encode(StepReady(spec=spec, submission=submission))) | {"v": 99}
    await admin.request(log.ready("noop", "main"), json.dumps(newer).encode(), timeout=WITHIN_S)
    failed = (await fleet.wait_for(log, StepFailed)).event
    assert isinstance(failed, StepFailed)
    assert "schema version 99" in failed.failure.message


@pytest.mark.parametrize("family", ["step.noop.main.started", "step.noop.main.done", "ask.cancel", "proof.main.e"])
async def test_garbage_inside_a_run_does_not_stop_the_run(start_fleet, family: str) -> None:
    fleet = await start_fleet(roles=("orchestrator", "noop", "memory"))
    admin = await fleet.connect("admin")
    log = Log("r1")
    for payload in GARBAGE:
        await admin.request(f"evt.0.r1.{family}", payload, timeout=WITHIN_S)
    await admin.request(
        log.run_event("submitted"), b'{"kind":"run.submitted","task":"x","role":"noop"}', timeout=WITHIN_S
    )
    assert (await fleet.finished(log)).status == "succeeded"


async def test_malformed_requests_to_services_are_refused_and_the_services_live(
    start_fleet: Callable[..., object], make_repo: Callable[[dict[str, str]], Path], tmp_path: Path
) -> None:
    fleet = await start_fleet()  # type: ignore[misc]
    coder = await fleet.connect("coder")
    for subject in ("svc.exec.open", "svc.model.chat", "svc.memory.query.agent.coder"):
        for payload in GARBAGE:
            reply = await coder.request(subject, payload, timeout=WITHIN_S)
            assert reply.headers["Mycoder-Status"] == "refused"
            assert json.loads(reply.data)["message"]
    script = tmp_path / "t.json"
    script.write_text(json.dumps([[{"name": "give_up", "arguments": {"reason": "fine"}}]]))
    log = await fleet.submit(RunSubmitted(task="x", model=f"scripted:{script}"), make_repo({"a.py": ""}))
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.message == "fine"


async def test_a_run_submitted_twice_without_the_header_is_one_run_of_the_first_submission(start_fleet) -> None:
    fleet = await start_fleet(roles=("orchestrator", "noop", "coder", "memory"))
    for number in range(20):
        log = Log(f"twice{number}")
        first, second = (RunSubmitted(task=f"task {role}", role=role) for role in ("noop", "coder"))
        for submission in (first, second):
            await fleet.client.publish(log.run_event("submitted"), encode(submission))
        finished = await fleet.finished(log)
        assert finished.status == "succeeded"
        events = await fleet.events(log)
        assert [event.steps[0].role for event in events if isinstance(event, RunPlanned)] == ["noop"]


async def test_a_submission_on_the_wrong_shard_is_buried_with_the_right_one(start_fleet) -> None:
    fleet = await start_fleet(roles=("orchestrator", "noop", "memory"), shards=2)
    run = next(f"run{number}" for number in range(9) if shard_of(f"run{number}", 2) == 1)
    await fleet.client.request(Log(run, 0).run_event("submitted"), encode(NOOP), timeout=WITHIN_S)
    good = Log(run, 1)
    await fleet.client.request(good.run_event("submitted"), encode(NOOP), timeout=WITHIN_S)
    assert (await fleet.finished(good)).status == "succeeded"
    (letter,) = await letters_kept(await fleet.connect("admin"), 1, "orchestrator")
    assert letter.run == run


async def test_what_is_too_large_or_no_subject_is_refused_by_the_client_and_the_connection_lives(start_fleet) -> None:
    fleet = await start_fleet(roles=("orchestrator", "noop"))
    nc = fleet.client
    subject = Log("big").run_event("submitted")
    task = encode(RunSubmitted(task="x" * (10 << 20), role="noop"))
    with pytest.raises(nats.errors.MaxPayloadError):
        await nc.publish(subject, task)
    for token in ("a b", "a\r\nPUB evil 0\r\n", "a\tb"):
        with pytest.raises(nats.errors.BadSubjectError):
            await nc.publish(f"evt.0.{token}.run.submitted", b"{}")
    with pytest.raises(nats.errors.BadHeaderError):
        await nc.publish(subject, b"{}", headers={"X\r\nY": "1"})
    injected = {"X": "1\r\nNats-Expected-Last-Sequence: 99"}
    assert b"error" not in (await nc.request(subject, b"{}", WITHIN_S, headers=injected)).data
    with pytest.raises(PermanentError, match="more than a message may have"):
        await append_bytes(nc, subject, b"x" * (nc.max_payload - 8), expected=0)  # too large with the headers
    await nc.request(Log("long").run_event("submitted"), encode(RunSubmitted(task="x" * SUBMISSION_BYTES)), WITHIN_S)
    submission = encode(NOOP)
    refused = await nc.request(Log("most").run_event("submitted"), submission, WITHIN_S, headers=numbered(100_000))
    assert b"header size" in refused.data
    await nc.request(Log("many").run_event("submitted"), submission, WITHIN_S, headers=numbered(2_000))
    assert (await fleet.finished(Log("many"))).status == "succeeded"
    admin = await fleet.connect("admin")
    (letter,) = await eventually(lambda: read(admin, DEAD, "dead.orchestrator.long.>"))
    assert len(letter.data) < int(letter.headers[BYTES]) > SUBMISSION_BYTES
    assert nc.stats["reconnects"] == 0


def numbered(count: int) -> dict[str, str]:
    return {f"X-{number}": "y" for number in range(count)}
