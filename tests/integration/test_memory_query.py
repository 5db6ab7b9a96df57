"""Questions to memory over the broker, asked as the roles that may ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import nats.errors
import pytest
from eventually import WITHIN_S, eventually
from nats.aio.client import Client
from nats.aio.subscription import Subscription

from mycoderai.broker.connect import connect
from mycoderai.broker.log import append
from mycoderai.broker.request import STATUS, call
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import RunFinished, RunPlanned, StepSpec, encode
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.memory import (
    Costs,
    CostTable,
    GetRun,
    GetTurns,
    ListRuns,
    MemoryStats,
    ResolveRun,
    RunDetail,
    RunIds,
    Runs,
    Stats,
    Turns,
)
from mycoderai.schemas.subjects import MEMORY_QUERY, Log
from mycoderai.workers.memory.file import SCHEMA_VERSION
from tests.integration.memory_fixtures import Broker, broker, memory
from tests.unit.memory_logs import BROKEN, RUN, SEEN, SUBMITTED, answered, solved_run

OTHER = Log("0a1b2c3d4e5f6g7h8j9kzzzzzz")


pytestmark = pytest.mark.usefixtures("patient_memory")


@asynccontextmanager
async def asking(data: Path, role: str = "client") -> AsyncIterator[tuple[Broker, Client]]:
    async with broker(data) as here, memory(here.settings):
        nc = await connect(here.settings, role)
        try:
            yield here, nc
        finally:
            await nc.close()


async def ask(nc: Client, query: object, kind: type) -> object:
    return await call(nc, MEMORY_QUERY, query, kind, timeout_s=WITHIN_S)


async def is_applied(nc: Client, seq: int) -> bool:
    """Whether memory has it; an answer that waited too long for it says that it is not fresh."""
    return (await call(nc, MEMORY_QUERY, ListRuns(min_seq=seq), Runs, timeout_s=WITHIN_S)).fresh


async def test_a_run_is_told_with_its_steps_attempts_and_evidence(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        last = await here.send(solved_run())
        found = await call(nc, MEMORY_QUERY, GetRun(run=RUN.run[:8], min_seq=last), RunDetail, timeout_s=WITHIN_S)
    assert (found.fresh, found.applied) == (True, last)
    assert (found.run.run, found.run.status, found.run.turns) == (RUN.run, "succeeded", 2)
    assert (found.run.spent.cost_usd, found.run.spent.input_tokens) == (0.5, 200)
    assert found.run.tests == SEEN.tests
    assert found.evidence == SEEN
    assert [proof.evidence for proof in found.proofs] == [SEEN]
    assert found.submission.repository == SUBMITTED.repository
    (step,) = found.steps
    assert (step.step, step.state, step.turns, step.tool_calls) == ("solve", "done", 2, {"bash": 2})
    (attempt,) = step.attempts
    assert (attempt.outcome, attempt.worker, attempt.isolation) == ("done", "host:1", "bubblewrap")


async def test_who_has_written_reads_it(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, nc):
        for number in range(20):
            log = Log(f"run{number:03}")
            seq = await append(nc, log.run_event("submitted"), SUBMITTED, expected=0)
            found = await call(nc, MEMORY_QUERY, GetRun(run=log.run, min_seq=seq), RunDetail, timeout_s=WITHIN_S)
            assert (found.fresh, found.run.status) == (True, "submitted")


async def test_an_answer_that_could_not_wait_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with asking(tmp_path) as (here, nc):
        last = await here.send(solved_run())
        assert (await call(nc, MEMORY_QUERY, ListRuns(min_seq=last), Runs, timeout_s=WITHIN_S)).fresh
        monkeypatch.setattr("mycoderai.workers.memory.service.Service.wait_s", 0.05)
        late = await call(nc, MEMORY_QUERY, ListRuns(min_seq=last + 1_000), Runs, timeout_s=WITHIN_S)
        elsewhere = await call(nc, MEMORY_QUERY, ListRuns(shard=7, min_seq=1), Runs, timeout_s=WITHIN_S)
    assert (late.fresh, elsewhere.fresh) == (False, False)
    assert late.applied == last


async def test_runs_are_listed_newest_first_and_in_pages(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        logs = [Log(f"run{number}") for number in range(5)]
        seq = await here.send((log.run_event("submitted"), encode(SUBMITTED)) for log in logs)
        first = await call(nc, MEMORY_QUERY, ListRuns(limit=3, min_seq=seq), Runs, timeout_s=WITHIN_S)
        rest = await call(nc, MEMORY_QUERY, ListRuns(limit=3, before=first.runs[-1].run), Runs, timeout_s=WITHIN_S)
        none = await call(nc, MEMORY_QUERY, ListRuns(status="failed"), Runs, timeout_s=WITHIN_S)
    assert [line.run for line in first.runs] == ["run4", "run3", "run2"]
    assert [line.run for line in rest.runs] == ["run1", "run0"]
    assert (first.more, rest.more, none.runs) == (True, False, ())


async def test_a_huge_task_does_not_make_a_huge_list(tmp_path: Path) -> None:
    task = "x" * 1_000_000
    async with asking(tmp_path) as (here, nc):
        submitted = encode(SUBMITTED).replace(SUBMITTED.task.encode(), task.encode())
        seq = await here.send((Log(f"run{number}").run_event("submitted"), submitted) for number in range(5))
        listed = await call(nc, MEMORY_QUERY, ListRuns(min_seq=seq), Runs, timeout_s=WITHIN_S)
        found = await call(nc, MEMORY_QUERY, GetRun(run="run1"), RunDetail, timeout_s=WITHIN_S)
    assert {len(line.task) for line in listed.runs} == {500}
    assert len(found.run.task) < 70_000


async def test_an_unknown_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, nc):
        with pytest.raises(RefusedError, match="There is no run 'zzz'") as caught:
            await ask(nc, GetRun(run="zzz"), RunDetail)
    assert (caught.value.failure.code, caught.value.fix) == (FailureCode.UNKNOWN_RUN, "mycoder ls")


async def test_a_beginning_of_several_ids_is_refused_with_the_ids(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        seq = await here.send([*solved_run(RUN), *solved_run(OTHER)])
        with pytest.raises(RefusedError) as caught:
            await ask(nc, GetRun(run="0a1b", min_seq=seq), RunDetail)
        ids = await call(nc, MEMORY_QUERY, ResolveRun(prefix=" 0A1B "), RunIds, timeout_s=WITHIN_S)
        nothing = await call(nc, MEMORY_QUERY, ResolveRun(prefix=""), RunIds, timeout_s=WITHIN_S)
    assert caught.value.failure.code is FailureCode.AMBIGUOUS_RUN
    assert RUN.run in caught.value.message
    assert OTHER.run in caught.value.message
    assert (ids.runs, nothing.runs) == ((RUN.run, OTHER.run), ())


async def test_a_whole_id_beats_a_longer_one_that_begins_with_it(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        seq = await here.send([*solved_run(Log("demo")), *solved_run(Log("demo2"))])
        found = await call(nc, MEMORY_QUERY, GetRun(run="demo", min_seq=seq), RunDetail, timeout_s=WITHIN_S)
    assert found.run.run == "demo"


async def test_turns_come_in_pages_and_in_order(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        seq = await here.send(solved_run(turns=5))
        first = await call(nc, MEMORY_QUERY, GetTurns(run="0a1b", limit=3, min_seq=seq), Turns, timeout_s=WITHIN_S)
        after = first.turns[-1].seq
        rest = await call(nc, MEMORY_QUERY, GetTurns(run="0a1b", step="sol", after=after), Turns, timeout_s=WITHIN_S)
        with pytest.raises(RefusedError, match="no step 'review'") as caught:
            await ask(nc, GetTurns(run="0a1b", step="review"), Turns)
    assert [line.turn for line in first.turns + rest.turns] == [1, 2, 3, 4, 5]
    assert (first.more, rest.more, caught.value.fix) == (True, False, "its steps: solve")
    assert first.turns[0].results[0].output == "3 passed"
    assert first.turns[0].message.tool_calls[0].name == "bash"


async def test_costs_keep_the_unknown_apart_from_the_free(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        unpriced = (OTHER.call("solve", "k1"), encode(answered(1, cost_usd=None)))
        seq = await here.send([*solved_run(), *solved_run(OTHER)[:5], unpriced])
        table = await call(nc, MEMORY_QUERY, Costs(by="run", min_seq=seq), CostTable, timeout_s=WITHIN_S)
        one = await call(nc, MEMORY_QUERY, Costs(run=RUN.run[:22]), CostTable, timeout_s=WITHIN_S)
        later = await call(nc, MEMORY_QUERY, Costs(since="2999"), CostTable, timeout_s=WITHIN_S)
    assert [(line.key, line.spent.cost_usd) for line in table.lines] == [(RUN.run, 0.5), (OTHER.run, None)]
    assert (table.total.cost_usd, table.total.known_usd, table.total.unpriced) == (None, 0.5, 1)
    assert [(line.key, line.spent.calls) for line in one.lines] == [("acme/large", 2)]
    assert (later.lines, later.total.cost_usd) == ((), 0.0)


async def test_a_failed_run_is_told_with_its_reason(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        end = encode(RunFinished(status="failed", failure=BROKEN))
        seq = await here.send([*solved_run()[:4], (RUN.run_event("finished"), end)])
        listed = await call(nc, MEMORY_QUERY, ListRuns(status="failed", min_seq=seq), Runs, timeout_s=WITHIN_S)
    assert [line.failure for line in listed.runs] == [BROKEN]


async def test_statistics_count_rows_and_positions(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        seq = await here.send([*solved_run(), ("evt.0.bad.run.submitted", b"{")])
        told = await call(nc, MEMORY_QUERY, Stats(min_seq=seq), MemoryStats, timeout_s=WITHIN_S)
    assert (told.runs, told.positions) == ({"succeeded": 1}, {"EVENTS": seq})
    assert (told.rows["turns"], told.rows["dead"], told.schema_version) == (2, 1, SCHEMA_VERSION)
    assert told.file_bytes > 0


async def test_a_malformed_question_is_refused(tmp_path: Path) -> None:
    async with asking(tmp_path) as (_, nc):
        inbox = nc.new_inbox()
        answers = await nc.subscribe(inbox)
        for payload in (b"", b"{", b'{"kind":"drop_tables"}', b"[" * 100_000, b'{"kind":"get_run"}'):
            await nc.publish(MEMORY_QUERY, payload, reply=inbox)
            assert (await final(answers))[0] == "refused"


async def test_an_answer_too_large_for_a_message_is_refused(tmp_path: Path) -> None:
    plan = RunPlanned(steps=tuple(StepSpec(id=f"s{number}", role="coder", goal="x" * 20_000) for number in range(390)))
    async with asking(tmp_path) as (here, nc):
        seq = await here.send([solved_run()[0], (RUN.run_event("planned"), encode(plan))])
        await eventually(lambda: is_applied(nc, seq))
        with pytest.raises(RefusedError, match="larger than a message"):
            await ask(nc, GetRun(run=RUN.run, min_seq=seq), RunDetail)
        listed = await call(nc, MEMORY_QUERY, ListRuns(), Runs, timeout_s=WITHIN_S)
    assert listed.runs[0].steps == 390


async def test_questions_that_try_to_break_out_find_nothing(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, nc):
        last = await here.send(solved_run())
        for typed in ("' OR 1=1 --", "%", "_", "\x00", "*", "0a1b'; DROP TABLE runs"):
            with pytest.raises(RefusedError, match="There is no run"):
                await ask(nc, GetRun(run=typed, min_seq=last), RunDetail)


async def test_the_gateway_may_ask_memory(tmp_path: Path) -> None:
    async with asking(tmp_path) as (here, _):
        nc = await connect(here.settings, "gateway")
        try:
            told = await call(nc, MEMORY_QUERY, Stats(), MemoryStats, timeout_s=WITHIN_S)
            assert told.schema_version == SCHEMA_VERSION
        finally:
            await nc.close()


async def test_memory_cannot_write_the_log(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        nc = await connect(here.settings, "memory")
        try:
            with pytest.raises(nats.errors.Error):
                await nc.request(RUN.run_event("planned"), encode(RunPlanned(steps=())), timeout=0.5)
        finally:
            await nc.close()


async def test_questions_under_way_are_answered_when_the_worker_stops(tmp_path: Path) -> None:
    async with broker(tmp_path) as here:
        await here.send(solved_run())
        nc = await connect(here.settings, "client")
        try:
            inbox = nc.new_inbox()
            answers = await nc.subscribe(inbox)
            async with memory(here.settings):
                for _ in range(20):
                    await nc.publish(MEMORY_QUERY, msgspec.json.encode(GetRun(run=RUN.run)), reply=inbox)
                await nc.flush()  # the broker has them all, and the worker is still there
            told = [await final(answers) for _ in range(20)]
        finally:
            await nc.close()
    assert {status for status, _ in told} == {"done"}
    assert {msgspec.json.decode(answer, type=RunDetail).run.status for _, answer in told} == {"succeeded"}


async def final(answers: Subscription) -> tuple[str, bytes]:
    """The next message that is no beat: its status and what it says."""
    while (status := ((msg := await answers.next_msg(timeout=WITHIN_S)).headers or {}).get(STATUS, "")) == "working":
        pass
    return status, msg.data
