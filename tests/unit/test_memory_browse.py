"""Looking through memory: which places there are, where an item was used, what a role cost."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import msgspec

from mycoderai.schemas.events import StepOpened, encode
from mycoderai.schemas.memory import Answer, Costs, CostTable
from mycoderai.schemas.notes import AnyQuery, ListPlaces, ListUses, Place, PlaceLine, Places, SearchItems, Uses
from mycoderai.workers.memory.answer import answer
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.store import apply_batch
from tests.unit.memory_items import CODER, GLOBAL, SHOP, memory, put
from tests.unit.memory_logs import BASE, RUN, SUBMITTED, Sent, batch, solved_run, stored

MINE = Place(scope="interaction", owner="ada")


def asked(log: Sequence[Sent], query: AnyQuery) -> Answer:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        create(db)
        db.row_factory = sqlite3.Row
        apply_batch(db, batch(stored(log)))
        return answer(db, query)


def test_places_are_listed_with_how_much_is_in_them() -> None:
    with memory() as here:
        here.write(put("a", tags=("style",)), put("b", tags=("style", "ci")))
        here.write(put("c"), place=GLOBAL)
        here.write(put("d", tags=("ci",)), place=GLOBAL, writer=CODER)
        told = answer(here.db, ListPlaces())
    assert isinstance(told, Places)
    assert told.places == (
        PlaceLine(scope="global", owner="", items=1, quarantined=1),
        PlaceLine(scope="project", owner="shop", items=2, quarantined=0),
    )
    assert list(told.tags.items()) == [("style", 2), ("ci", 1)], "what waits for approval counts for nothing"


def test_a_search_without_a_place_looks_everywhere() -> None:
    with memory() as here:
        here.write(put("a", "rounding"))
        here.write(put("b", "rounding"), place=MINE)
        found = here.ask(SearchItems(text="rounding", places=()))
    assert {item.key for item in found} == {"a", "b"}


def test_an_item_s_uses_are_the_attempts_that_had_it_in_their_prompt() -> None:
    submitted = msgspec.structs.replace(SUBMITTED, project="shop", submitted_by="ada")
    applied = ("role coder: coder.md", "memory tip: project: has rounding", "memory tips: global: has rounding")
    opened = StepOpened(attempt=1, session="s", base=BASE, applied=applied)
    changed = {RUN.run_event("submitted"): submitted, RUN.step_event("coder", "solve", "opened"): opened}
    log = [(subject, encode(changed[subject]) if subject in changed else event) for subject, event in solved_run()]
    for place, key, uses in (
        (SHOP, "tip", 1),
        (GLOBAL, "tips", 1),
        (GLOBAL, "tip", 0),
        (SHOP, "tips", 0),
        (Place(scope="project", owner="other"), "tip", 0),
        (MINE, "tip", 0),
    ):
        told = asked(log, ListUses(place=place, key=key))
        assert isinstance(told, Uses)
        assert [(use.run, use.step, use.attempt) for use in told.uses] == [(RUN.run, "solve", 1)] * uses, (place, key)


def test_costs_are_told_by_role() -> None:
    table = asked(solved_run(), Costs(by="role"))
    assert isinstance(table, CostTable)
    assert [(line.key, line.spent.calls) for line in table.lines] == [("coder", 2)]
