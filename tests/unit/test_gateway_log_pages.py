"""Which messages of a log a filter lets through, and what the broker is asked for."""

import random
import tracemalloc
from collections.abc import Sequence
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats.aio.client import Client

from mycoderai.broker.log import Raw
from mycoderai.gateway import log_pages
from mycoderai.gateway.finding import FoundRun
from mycoderai.gateway.log_pages import BATCH, LEAST_RANGE, LOOKED_AT, LogPages, keeper, subject_of, width_for
from mycoderai.schemas.subjects import Log
from mycoderai.schemas.web.runs import EventsQuery

LOG = Log("r")
SUBJECTS = {
    LOG.run_event("planned"): ("run.planned", ""),
    LOG.ready("coder", "fix"): ("step.ready", "fix"),
    LOG.step_event("coder", "fix", "turn"): ("step.turn", "fix"),
    LOG.call("fix", "fix-1-1"): ("model.answered", "fix"),
    LOG.proof("fix", "e1"): ("evidence.recorded", "fix"),
    LOG.ask("pause"): ("ask.pause", ""),
}


@pytest.mark.parametrize(("subject", "kind", "step"), [(subject, *told) for subject, told in SUBJECTS.items()])
def test_a_kind_and_a_step_let_their_messages_through_and_no_others(subject: str, kind: str, step: str) -> None:
    raw = Raw(7, "", subject, b'{"text":"Two WORDS"}')
    family = kind.partition(".")[0] + "."
    assert all(keeper(EventsQuery(kinds=kinds))(raw) for kinds in ("", kind, f"run.x, {kind}", family))
    others = ",".join(other for other, _ in SUBJECTS.values() if other != kind)
    assert not keeper(EventsQuery(kinds=others))(raw)
    assert keeper(EventsQuery(step=step))(raw)
    assert not keeper(EventsQuery(step="other"))(raw)
    assert keeper(EventsQuery(text="two words"))(raw)
    assert not keeper(EventsQuery(text="three"))(raw)


@pytest.mark.parametrize(("subject", "kind", "step"), [(subject, *told) for subject, told in SUBJECTS.items()])
def test_the_broker_is_asked_for_no_less_than_the_filter_lets_through(subject: str, kind: str, step: str) -> None:
    for query in (EventsQuery(kinds=kind), EventsQuery(kinds=kind, step=step), EventsQuery(kinds=f"{kind},run.x")):
        assert _covers(subject_of(LOG, query), subject), query
    assert subject_of(LOG, EventsQuery(kinds=kind)) != LOG.all, "of one kind only that is read"


@pytest.mark.parametrize("step", ["", "fix"])
def test_kinds_that_stand_together_in_a_step_are_read_from_there_alone(step: str) -> None:
    kinds = "step.started,step.turn"
    assert subject_of(LOG, EventsQuery(kinds=kinds, step=step)) == LOG.step("*", step or "*")
    for more in ("step.ready", "model.answered", "step."):
        assert subject_of(LOG, EventsQuery(kinds=f"{kinds},{more}", step=step)) == LOG.all


@pytest.mark.parametrize("kinds", ["step.*", "Step.turn", "turn", "step.turn;x", ">", "step.turn.x"])
def test_what_is_no_kind_is_refused(kinds: str) -> None:
    with pytest.raises(ValueError, match="is no kind"):
        subject_of(LOG, EventsQuery(kinds=kinds))


def test_a_step_that_is_no_token_never_gets_into_a_subject() -> None:
    assert subject_of(LOG, EventsQuery(kinds="step.turn", step="a.>")) == LOG.step_event("*", "*", "turn")


@given(st.integers(1, 1000), st.floats(0, 1), st.floats(0, 1), st.integers(1, 3000))
def test_a_range_holds_about_what_is_missing_and_never_more_than_may_be_looked_at(
    missing: int, wanted: float, density: float, most: int
) -> None:
    width = width_for(missing, wanted, density, most)
    assert width >= LEAST_RANGE
    assert width == LEAST_RANGE or width * density <= most * 1.001
    assert width == LEAST_RANGE or width * wanted <= 1.301 * missing


def _covers(pattern: str, subject: str) -> bool:
    parts, wanted = subject.split("."), pattern.split(".")
    if wanted[-1] == ">":
        wanted, parts = wanted[:-1], parts[: len(wanted) - 1]
    return len(parts) == len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=True))


def pages_of(monkeypatch: pytest.MonkeyPatch, log: Sequence[Raw]) -> LogPages:
    """Of a stream that holds this log alone, numbered from 1."""

    async def read_some(nc: Client, stream: str, subject: str, after: int, limit: int) -> tuple[list[Raw], int]:
        until = min(after + limit, len(log))
        return [log[at] for at in range(after, until)], len(log) - until

    async def last(nc: Client, subject: str, stream: str) -> Raw:
        return log[-1]

    monkeypatch.setattr(log_pages, "read_some", read_some)
    monkeypatch.setattr(log_pages, "last", last)
    return LogPages(cast(Client, None), FoundRun(LOG, log[0]))


async def test_a_search_holds_what_it_finds_and_not_all_it_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    size, end = 10_000, 2 * LOOKED_AT

    class Made(Sequence[Raw]):
        """A log whose messages are made when they are read."""

        def __len__(self) -> int:
            return end

        def __getitem__(self, at: Any) -> Any:
            seq = range(1, end + 1)[at]
            return Raw(seq, "", LOG.ask("pause"), b"found" if seq % 1_000 == 0 else bytes(size))

    pages = pages_of(monkeypatch, Made())
    tracemalloc.start()
    page = await pages.page(EventsQuery(text="found", limit=100))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [raw.seq for raw in page.messages] == list(range(end - LOOKED_AT + 1_000, end + 1, 1_000))
    assert page.more_before
    assert most < 3 * BATCH * size


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("seed", range(10))
async def test_large_messages_make_short_pages_that_miss_nothing(
    monkeypatch: pytest.MonkeyPatch, way: str, seed: int
) -> None:
    monkeypatch.setattr(log_pages, "PAGE_BYTES", 10_000)
    rng = random.Random(seed)  # noqa: S311
    log = [Raw(seq, "", LOG.ask("pause"), bytes(rng.choice((1, 900, 4_000, 30_000)))) for seq in range(1, 301)]
    pages = pages_of(monkeypatch, log)
    seen: list[int] = []
    more, query = True, EventsQuery(limit=50, after=0) if way == "forward" else EventsQuery(limit=50)
    while more:
        page = await pages.page(query)
        assert len(page.messages) == 1 or sum(len(raw.data) for raw in page.messages) < 2 * 10_000 + 30_000
        assert page.messages
        if way == "forward":
            seen += [raw.seq for raw in page.messages]
            more, query = page.more_after, EventsQuery(limit=50, after=page.last_seq)
        else:
            seen = [raw.seq for raw in page.messages] + seen
            more, query = page.more_before, EventsQuery(limit=50, before=page.first_seq)
    assert seen == [raw.seq for raw in log]
