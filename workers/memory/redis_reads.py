"""Which rows in Redis a batch or a question is about. What is loaded may be more than is needed, never less."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mycoderai.broker.log import Raw
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.memory import Costs, GetRun, GetTurns, Inbox, ListRuns, ResolveRun
from mycoderai.schemas.notes import (
    ALWAYS,
    LESSON,
    AnyQuery,
    GetItem,
    ListItems,
    ListPlaces,
    ListUses,
    Place,
    Recall,
    SearchItems,
    decode,
    places_of,
)
from mycoderai.schemas.subjects import MEMORY, parse_event
from mycoderai.workers.memory.filters import Group as Counted
from mycoderai.workers.memory.filters import grouped, may_match
from mycoderai.workers.memory.find import SHOWN, clean
from mycoderai.workers.memory.redis_rows import GOING_ON, Rows, Wanted, place_in_time
from mycoderai.workers.memory.redis_words import candidates
from mycoderai.workers.memory.repository import Batch
from mycoderai.workers.memory.runs import MOST_RUNS
from mycoderai.workers.memory.turns import MOST_TURNS
from mycoderai.workers.memory.values import sortable
from mycoderai.workers.memory.workbench import Row, Workbench

RECENT_RUNS = 500
"""Runs in which uses of an item are looked for."""
Group = tuple[Any, ...]
_STATE = ("steps", "attempts", "questions", "asks")
_TOLD = (*_STATE, "calls", "evidence", "steered", "turns", "tool_calls")


async def for_batch(rows: Rows, bench: Workbench, batch: Batch) -> list[Row]:
    always = [Wanted("position", ()), Wanted("dead", (), [(batch.stream, gap.first) for gap in batch.lost])]
    if batch.stream == MEMORY:
        return await rows.fetch([*always, *await _of_writes(rows, batch.messages)])
    runs, ended = _runs_of(batch.messages)
    wanted = [*always, Wanted("runs", (), runs)]
    wanted += [Wanted(table, run) for run in runs for table in _STATE]
    wanted += [Wanted(table, run) for run in ended for table in ("evidence", "tool_calls")]
    wanted += [Wanted("unlearned", (LESSON + run,)) for run, _ in ended]
    found = await rows.fetch(wanted)
    # The lesson there may be already; a run that is not known yet has none.
    project = bench.columns["runs"].index("project")
    taught = [row.values for row in found if row.table == "runs" and tuple(row.values[:2]) in ended]
    return found + await rows.fetch(
        Wanted("items", ("project", values[project]), [(LESSON + values[0], 0)]) for values in taught
    )


async def for_query(rows: Rows, bench: Workbench, query: AnyQuery) -> list[Row]:
    match query:
        case ListRuns():
            return await _listed(rows, bench, query)
        case GetRun(run=typed):
            return [*await rows.fetch([Wanted("position", ())]), *await _of_run(rows, typed, _TOLD)]
        case GetTurns():
            return await _turns(rows, query)
        case Costs():
            return await _costs(rows, query)
        case ResolveRun(prefix=typed):
            return await _matching(rows, typed)
        case Inbox():
            return await rows.fetch(_whole(await _going_on(rows), _STATE))
        case GetItem(place=place, key=key):
            return await rows.fetch([Wanted("items", (place.scope, place.owner), [(key, int(query.quarantined))])])
        case ListItems():
            return await _items(rows, query.places, query.tag)
        case SearchItems():
            return await _matching_items(rows, bench, query.text, query.places or await _places(rows))
        case ListPlaces():
            return await _items(rows, (), "")
        case ListUses():
            recent = await rows.newest_runs("", "", RECENT_RUNS)
            return await rows.fetch(_whole(recent, ("attempts", "steps")))
        case Recall():
            places = places_of(query)
            return await _items(rows, places, ALWAYS) + await _matching_items(rows, bench, query.text, places)
    raise TypeError(f"no question: {query!r}")


def _runs_of(messages: Sequence[Raw]) -> tuple[list[Group], list[Group]]:
    """The runs the messages are about, and those of them that may end."""
    runs: dict[Group, bool] = {}
    for raw in messages:
        try:
            where = parse_event(raw.subject)
        except MalformedMessage:
            continue  # leads to a letter, which needs no rows
        run = (where.run, where.shard)
        runs[run] = runs.get(run, False) or (where.family, where.type) == ("run", "finished")
    return list(runs), [run for run, ends in runs.items() if ends]


async def _of_writes(rows: Rows, messages: Sequence[Raw]) -> list[Wanted]:
    wanted: list[Wanted] = []
    for raw in messages:
        try:
            written = decode(raw.data, raw.subject)
        except MalformedMessage:
            continue
        place = (written.write.place.scope, written.write.place.owner)
        wanted.append(
            Wanted("items", place, [(change.key, slot) for change in written.write.changes for slot in (0, 1)])
        )
        wanted.append(Wanted("writes", (), [(written.writer, written.write.id)]))
    ends = await rows.expiring(sortable(messages[-1].time)) if messages else []
    return [*wanted, *(Wanted("items", slot[:2], [slot[2:]]) for slot in ends)]


async def _matching(rows: Rows, typed: str) -> list[Row]:
    prefix = clean(typed)
    runs = await rows.runs_from(prefix, SHOWN) if prefix else []
    return await rows.fetch([Wanted("runs", (), runs)])


async def _of_run(rows: Rows, typed: str, tables: Sequence[str]) -> list[Row]:
    """The runs that match, and the tables of the one that is meant if it is one."""
    found = await _matching(rows, typed)
    return found + await rows.fetch(Wanted(table, run) for run in _meant(found, typed) for table in tables)


def _meant(found: Sequence[Row], typed: str) -> list[Group]:
    runs = [tuple(row.values[:2]) for row in found]
    exact = [run for run in runs if run[0] == clean(typed)]
    return exact or runs if len(exact or runs) == 1 else []


def is_filtered(query: ListRuns) -> bool:
    """Whether any run may match, so that `searched` has to look at all."""
    return bool(query.facets or query.statuses or query.models or query.roles or query.by or query.text or query.since)


async def searched(rows: Rows, bench: Workbench, query: ListRuns) -> tuple[list[Row], list[Counted]]:
    """Of runs that go on, all that tells whether they are held, which a filter may ask; of those that have ended, what
    a page of them shows, and how many there are: to work on all their rows would take far longer."""
    every = await rows.fetch([Wanted("runs", ())])
    known = await _matching(rows, query.before) if query.before else []
    before = _place(bench, known, query.before)
    named = [dict(zip(bench.columns["runs"], row.values, strict=True)) for row in every]
    going_on = [_key(run) for run in named if run["status"] in GOING_ON]
    ended = [run for run in named if run["status"] not in GOING_ON]
    places = sorted(
        (place_in_time(run["submitted_at"], *_key(run)), _key(run)) for run in ended if may_match(run, query)
    )
    older = [key for place, key in reversed(places) if not before or place < before]
    shown = [*going_on, *older[: max(1, min(query.limit, MOST_RUNS)) + 1]]
    told = await rows.fetch(Wanted(table, run) for run in shown for table in (*_STATE, "calls"))
    wanted = set(shown)
    kept = [row for row in every if tuple(row.values[:2]) in wanted]
    return known + kept + told + await _counted(rows, bench, shown), grouped(ended, query)


def _key(run: Mapping[str, Any]) -> tuple[str, int]:
    return run["run"], run["shard"]


async def _listed(rows: Rows, bench: Workbench, query: ListRuns) -> list[Row]:
    limit = max(1, min(query.limit, MOST_RUNS)) + 1
    known = await _matching(rows, query.before) if query.before else []
    before = _place(bench, known, query.before)
    # Whether a run that goes on is paused or waits is told by its rows.
    held = query.status in ("paused", "waiting", *GOING_ON)
    runs = await _going_on(rows) if held else await rows.newest_runs(query.status or "", before, limit)
    return known + await rows.fetch(_whole(runs, (*_STATE, "calls"))) + await _counted(rows, bench, runs)


def _place(bench: Workbench, found: Sequence[Row], typed: str) -> str:
    for run, shard in _meant(found, typed):
        at = next(row.values[bench.columns["runs"].index("submitted_at")] for row in found if row.values[0] == run)
        return place_in_time(at, run, shard)
    return ""


async def _going_on(rows: Rows) -> list[Group]:
    return [run for status in GOING_ON for run in await rows.newest_runs(status, "", -1)]


def _whole(runs: Sequence[Group], tables: Sequence[str]) -> Iterator[Wanted]:
    yield Wanted("runs", (), runs)
    yield from (Wanted(table, run) for run in runs for table in tables)


async def _counted(rows: Rows, bench: Workbench, runs: Sequence[Group]) -> list[Row]:
    """Turns that are only counted, without what was said in them."""
    nothing = ("",) * (len(bench.columns["turns"]) - 3)
    keys = await rows.fields("turns", runs)
    return [Row("turns", (*run, *key, *nothing)) for run, found in zip(runs, keys, strict=True) for key in found]


async def _turns(rows: Rows, query: GetTurns) -> list[Row]:
    found = await _of_run(rows, query.run, ("steps",))
    for run in _meant(found, query.run):
        turns, calls = await rows.fields("turns", [run]), await rows.fields("tool_calls", [run])
        seqs = sorted(seq for (seq,) in turns[0] if seq > query.after)
        # Of one step: which turns those are is told by the rows.
        page = seqs if query.step else seqs[: max(1, min(query.limit, MOST_TURNS)) + 1]
        shown = set(page)
        wanted = [Wanted("turns", run, [(seq,) for seq in page])]
        wanted.append(Wanted("tool_calls", run, [key for key in calls[0] if key[0] in shown]))
        found += await rows.fetch(wanted)
    return found


async def _costs(rows: Rows, query: Costs) -> list[Row]:
    tables = ("calls", "steps") if query.by == "role" else ("calls",)
    if query.run:
        return await _of_run(rows, query.run, tables)
    paid = await rows.members(rows.named("paid"))
    return await rows.fetch(Wanted(table, run) for run in paid for table in tables)


async def _items(rows: Rows, places: Sequence[Place], tag: str) -> list[Row]:
    owners = [(place.scope, place.owner) for place in places] or await rows.members(rows.named("places"))
    if not tag:
        return await rows.fetch(Wanted("items", owner) for owner in owners)
    tagged = await rows.having([rows.named("tag", *owner, tag) for owner in owners])
    return await rows.fetch(Wanted("items", owner, slots) for owner, slots in zip(owners, tagged, strict=True))


async def _places(rows: Rows) -> list[Place]:
    known = await rows.members(rows.named("places"))
    return [msgspec.convert({"scope": scope, "owner": owner}, Place) for scope, owner in known]


async def _matching_items(rows: Rows, bench: Workbench, text: str, places: Sequence[Place]) -> list[Row]:
    return await rows.fetch(await candidates(rows, bench, text, places))
