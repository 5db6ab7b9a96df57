"""Batches of changes: what they lead to, when they are refused, and that it is the same wherever they are applied."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.notes import (
    TEXT_BYTES,
    Approve,
    Forget,
    GetItem,
    Item,
    ItemsWritten,
    ListItems,
    Place,
    Provenance,
    Put,
    SearchItems,
    WriteItems,
    decode,
    encode,
    problem_of,
)
from mycoderai.schemas.subjects import memory_log
from mycoderai.workers.memory.store import apply_batch
from tests.unit.memory_items import CODER, GLOBAL, PERSON, SHOP, Memory, kept, memory, put, written
from tests.unit.memory_logs import batch, told


def get(here: Memory, key: str, place: Place = SHOP, *, quarantined: bool = False) -> Item | None:
    return next(iter(here.ask(GetItem(place=place, key=key, quarantined=quarantined))), None)


def test_an_item_is_kept_with_where_it_came_from() -> None:
    with memory() as here:
        outcome = here.write(put("style", "Use tabs.", tags=("format",)))
        item = get(here, "style")
    assert [(one.key, one.outcome, one.version) for one in outcome.changed] == [("style", "stored", 1)]
    assert item
    assert (item.text, item.tags, item.version, item.trusted) == ("Use tabs.", ("format",), 1, True)
    assert (item.provenance.source, item.provenance.by) == ("person", "ada")
    assert item.created_at == item.updated_at == "2026-01-31T10:00:01.000000000Z"


def test_a_new_version_keeps_the_time_of_the_first() -> None:
    with memory() as here:
        here.write(put("style", "Use tabs."))
        here.write(put("style", "Use spaces.", expected=1))
        item = get(here, "style")
    assert item
    assert (item.text, item.version) == ("Use spaces.", 2)
    assert item.created_at < item.updated_at


def test_an_expected_version_that_is_not_there_refuses_the_whole_batch() -> None:
    with memory() as here:
        here.write(put("style"))
        outcome = here.write(put("other"), put("style", "mine", expected=0), Forget(key="third", expected_version=7))
        assert [item.key for item in here.ask(ListItems(places=(SHOP,)))] == ["style"]
    assert outcome.changed == ()
    assert [(one.key, one.version) for one in outcome.refused] == [("style", 1), ("third", 0)]
    assert "the version is 1" in outcome.refused[0].reason
    assert "there is no such item" in outcome.refused[1].reason


def test_a_version_is_never_used_again() -> None:
    with memory() as here:
        here.write(put("style"))
        here.write(Forget(key="style"))
        assert get(here, "style") is None
        here.write(put("style", expected=0))
        assert here.write(put("style", expected=1)).refused
        item = get(here, "style")
    assert item
    assert item.version == 3


def test_forgetting_what_is_not_there_is_no_error() -> None:
    with memory() as here:
        assert [one.outcome for one in here.write(Forget(key="style")).changed] == ["absent"]


def test_a_batch_that_comes_again_is_answered_alike_and_changes_nothing() -> None:
    with memory() as here:
        here.apply(written(put("style", "first")), written(put("style", "again")))
        item = get(here, "style")
        assert item
        assert (item.text, item.version) == ("first", 1)
        here.apply(written(put("style", "another's"), writer=CODER))
        (row,) = here.db.execute("SELECT count(*) FROM writes").fetchone()
    assert row == 2, "the ids of two writers are not each other's"


def test_an_item_expires() -> None:
    with memory() as here:
        here.write(put("soon", ttl_s=2), put("later", "text", ttl_s=9e8))
        listed = [item.key for item in here.ask(ListItems(places=(SHOP,)))]
        found = [item.key for item in here.ask(SearchItems(text="text", places=(SHOP,)))]
        assert here.write(put("x"), put("soon", expected=1)).changed, "a second later it is still there"
        assert here.write(put("y"), put("soon", expected=2)).changed
        here.write(put("brief", ttl_s=1))
        here.write(put("z"))
        assert here.write(put("brief", expected=4)).refused, "it has expired before"
    assert listed == found == ["later"], "the present is long after these writes"


@pytest.mark.parametrize("source", ["agent", "tool_output"])
def test_what_agents_write_for_everybody_waits_for_a_person(source: str) -> None:
    with memory() as here:
        outcome = here.write(put("tip", "rm -rf is fine"), writer=CODER, place=GLOBAL, source=source)
        assert [one.outcome for one in outcome.changed] == ["quarantined"]
        assert here.ask(SearchItems(text="fine", places=(GLOBAL,))) == ()
        assert get(here, "tip", GLOBAL) is None
        (waiting,) = here.ask(ListItems(quarantined=True))
        assert (waiting.key, waiting.quarantined, waiting.trusted) == ("tip", True, False)
        assert here.write(Approve(key="tip", expected_version=waiting.version), place=GLOBAL).changed
        (found,) = here.ask(SearchItems(text="fine", places=(GLOBAL,)))
        assert (found.key, found.quarantined, found.trusted, found.provenance.source) == ("tip", False, True, source)
        assert here.ask(ListItems(quarantined=True)) == ()


def test_a_person_who_hands_on_tool_output_does_not_make_it_trusted() -> None:
    with memory() as here:
        assert here.write(put("log"), place=GLOBAL, source="tool_output").changed[0].outcome == "quarantined"
        here.write(put("log"), source="tool_output")
        item = get(here, "log")
    assert item
    assert not item.trusted


def test_what_waits_does_not_touch_what_is_in_use() -> None:
    with memory() as here:
        here.write(put("tip", "mine"), place=GLOBAL)
        here.write(put("tip", "theirs"), writer=CODER, place=GLOBAL)
        in_use, waiting = get(here, "tip", GLOBAL), get(here, "tip", GLOBAL, quarantined=True)
        assert in_use
        assert waiting
        assert (in_use.text, waiting.text) == ("mine", "theirs")
        here.write(Forget(key="tip", quarantined=True), place=GLOBAL)
        assert get(here, "tip", GLOBAL) == in_use


REFUSED_TO_AGENTS = {
    "approve": (Approve(key="tip"), GLOBAL, "agent", "a person has to approve"),
    "forget what is global": (Forget(key="mine"), GLOBAL, "agent", "a person's to forget"),
    "replace what a person wrote": (put("mine"), SHOP, "agent", "a person wrote it"),
    "forget what a person wrote": (Forget(key="mine"), SHOP, "agent", "a person wrote it"),
    "speak as a person": (put("other"), SHOP, "person", "does not write as a person"),
    "write about a person": (put("x"), Place(scope="interaction", owner="ada"), "agent", "theirs to write"),
    "forget a lesson": (Forget(key="lesson/r1"), SHOP, "agent", "a person's to forget"),
}


@pytest.mark.parametrize(("change", "place", "source", "why"), REFUSED_TO_AGENTS.values(), ids=REFUSED_TO_AGENTS)
def test_agents_may_not(change: Put | Forget | Approve, place: Place, source: str, why: str) -> None:
    with memory() as here:
        here.write(put("mine"), place=GLOBAL)
        here.write(put("mine"))
        here.write(put("tip"), writer=CODER, place=GLOBAL)
        outcome = here.write(change, writer=CODER, place=place, source=source)
        assert [one.key for one in here.ask(ListItems())] == ["mine", "mine"]
    assert [why in one.reason for one in outcome.refused] == [True]


def test_there_is_nothing_to_approve_but_what_waits() -> None:
    with memory() as here:
        here.write(put("tip"), place=GLOBAL)
        assert "nothing waits" in here.write(Approve(key="tip"), place=GLOBAL).refused[0].reason


PROBLEMS = {
    "too long": (written(put("k", "x" * (TEXT_BYTES + 1))), "65,537 bytes; an item holds at most 65,536"),
    "ten megabytes": (written(put("k", "x" * 10_000_000)), "10,000,000 bytes"),
    "long in bytes": (written(put("k", "é" * TEXT_BYTES)), "131,072 bytes"),
    "an empty text": (written(put("k", " \n")), "is empty"),
    "no key": (written(put("")), "a key is a line"),
    "a key of two lines": (written(put("a\nb")), "a key is a line"),
    "a lesson": (written(put("lesson/r1")), "for what the runs taught"),
    "a lesson by its source": (written(put("k"), source="lesson"), "derived from runs"),
    "one key twice": (written(put("k"), Forget(key="k")), "each key once"),
    "nothing": (written(), "1 to 100 changes, not 0"),
    "too many": (written(*(put(f"k{number}") for number in range(101))), "1 to 100 changes, not 101"),
    "too much": (written(*(put(f"k{number}", "x" * 60_000) for number in range(20))), "1,200,000 bytes"),
    "an owner of everything": (written(put("k"), place=Place(scope="global", owner="me")), "no owner"),
    "nobody's": (written(put("k"), place=Place(scope="project")), "needs an owner"),
    "no id": (written(put("k"), id=""), "needs an id"),
    "tags": (written(put("k", tags=("",))), "tags"),
    "a time before now": (written(put("k", ttl_s=-1)), "cannot expire"),
}


@pytest.mark.parametrize(("bad", "why"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_cannot_be_kept_is_told_apart_before_and_after_it_is_sent(bad: ItemsWritten, why: str) -> None:
    assert why in problem_of(bad.write)
    place = bad.write.place
    with pytest.raises(MalformedMessage, match=why.split("(")[0]):
        decode(encode(bad), memory_log(place.scope, place.owner))
    with memory() as here:
        assert here.apply(bad, written(put("good"))) == 1, "one letter, and the stream goes on"
        assert get(here, "good")


def test_a_batch_belongs_on_the_subject_of_its_place() -> None:
    with pytest.raises(MalformedMessage, match="does not belong"):
        decode(encode(written(put("k"))), memory_log("global", ""))


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=50), st.text(min_size=1, max_size=50))
def test_the_subject_of_an_owner_is_well_formed_and_its_own(one: str, other: str) -> None:
    subjects = {memory_log("project", owner) for owner in {one, other}}
    assert len(subjects) == len({one, other})
    assert all(subject.count(".") == 2 and not set(subject) & set(" *>\n") for subject in subjects)


_CHANGES = st.one_of(
    st.builds(
        Put,
        key=st.sampled_from("ab"),
        text=st.sampled_from(["one", "two"]),
        expected_version=st.none() | st.integers(0, 6),
        ttl_s=st.sampled_from([0.0, 2.0]),
    ),
    st.builds(Forget, key=st.sampled_from("ab"), quarantined=st.booleans()),
    st.builds(Approve, key=st.sampled_from("ab")),
)
_BATCHES = st.builds(
    ItemsWritten,
    writer=st.sampled_from([PERSON, CODER]),
    write=st.builds(
        WriteItems,
        id=st.sampled_from(["1", "2", "3", "4", "5", "6", "7", "8"]),
        place=st.sampled_from([SHOP, GLOBAL]),
        changes=st.lists(_CHANGES, min_size=1, max_size=2, unique_by=lambda change: change.key).map(tuple),
        provenance=st.sampled_from([Provenance(source="person"), Provenance(source="agent")]),
    ),
)


@settings(max_examples=25)
@given(st.lists(_BATCHES, min_size=1, max_size=15), st.data())
def test_it_does_not_matter_in_which_pieces_the_stream_is_applied(
    batches: list[ItemsWritten], data: st.DataObject
) -> None:
    raws = kept(batches)
    cut = data.draw(st.integers(0, len(raws)))
    with memory() as whole, memory() as pieces:
        apply_batch(whole.db, batch(raws, "MEMORY"))
        for piece in (raws[:cut], raws[:cut], raws):
            if piece:
                apply_batch(pieces.db, batch(piece, "MEMORY"))
        assert _content(whole) == _content(pieces)


@settings(max_examples=25)
@given(st.lists(_BATCHES, min_size=1, max_size=15))
def test_no_agent_gets_anything_into_global_or_over_a_person_s_item(batches: list[ItemsWritten]) -> None:
    with memory() as here:
        for one in batches:
            before = {(item.scope, item.key): item for item in here.ask(ListItems())}
            here.apply(one)
            after = {(item.scope, item.key): item for item in here.ask(ListItems())}
            if one.by_person:
                continue
            assert {slot: item for slot, item in after.items() if slot[0] == "global"} == {
                slot: item for slot, item in before.items() if slot[0] == "global" and slot in after
            }
            assert all(after.get(slot) == item for slot, item in before.items() if item.trusted and not item.expires_at)


def _content(here: Memory) -> dict[str, list[str]]:
    return {
        table: sorted(repr(tuple(row)) for row in here.db.execute(f"SELECT {columns} FROM {table}"))  # noqa: S608
        for table, columns in told(here.db)
    }


def test_an_item_of_a_newer_version_is_set_aside() -> None:
    newer = msgspec.structs.replace(written(put("k")), v=99)
    with memory() as here:
        assert here.apply(newer) == 1
