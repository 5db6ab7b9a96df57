"""What runs teach their project."""

from collections.abc import Sequence

import msgspec
import pytest

from mycoderai.schemas.chat import Message, ToolCall
from mycoderai.schemas.events import AnyEvent, RunFinished, StepTurn, encode
from mycoderai.schemas.execution import ToolResult
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.notes import Forget, ListItems, SearchItems
from mycoderai.workers.memory.lessons import changed_files
from mycoderai.workers.memory.store import apply_batch
from tests.unit.memory_items import SHOP, Memory, memory, put
from tests.unit.memory_logs import BROKEN, RUN, SOLVED, SUBMITTED, Sent, batch, solved_run, stored

IN_SHOP = msgspec.structs.replace(SUBMITTED, project="shop")
AWAY = Failure(code=FailureCode.MODEL_UNAVAILABLE, message="The provider was away.")
KEY = f"lesson/{RUN.run}"


def of_shop(sent: Sequence[Sent]) -> list[Sent]:
    return [(RUN.run_event("submitted"), encode(IN_SHOP)), *sent[1:]]


def edited(*calls: tuple[str, str, int]) -> Sent:
    """A turn of tool calls: name, arguments, exit code."""
    asked = tuple(ToolCall(id=str(at), name=name, arguments=text) for at, (name, text, _) in enumerate(calls))
    results = tuple(
        ToolResult(call=str(at), name=name, output="", exit_code=code) for at, (name, _, code) in enumerate(calls)
    )
    turn = StepTurn(
        attempt=1, turn=3, message=Message(role="assistant", tool_calls=asked), results=results, checkpoint=SOLVED
    )
    return RUN.step_event("coder", "solve", "turn"), encode(turn)


def end(event: AnyEvent) -> Sent:
    return RUN.run_event("finished"), encode(event)


def lessons(here: Memory, sent: Sequence[Sent]) -> dict[str, str]:
    assert apply_batch(here.db, batch(stored(sent))) == 0
    return {item.key: item.text for item in here.ask(ListItems(places=(SHOP,), tag="lesson"))}


EDITS = edited(
    ("str_replace_editor", '{"command": "str_replace", "path": "shop/total.py"}', 0),
    ("str_replace_editor", '{"command": "view", "path": "README.md"}', 0),
    ("str_replace_editor", '{"command": "create", "path": "refused.py"}', 1),
)


def test_a_repair_leaves_what_failed_what_was_changed_and_why() -> None:
    sent = of_shop(solved_run())
    with memory() as here:
        told = lessons(here, [*sent[:-3], EDITS, *sent[-3:]])
        (item,) = here.ask(ListItems(places=(SHOP,)))
    assert told == {
        KEY: "Task: make the tests pass\n"
        "Ended: succeeded\n"
        "Failed at first and passes now: tests/test_shop.py::test_total\n"
        "Files changed: shop/total.py\n"
        "What was done: Fixed it."
    }
    assert (item.trusted, item.provenance.source, item.provenance.run) == (False, "lesson", RUN.run)
    assert item.tags == ("lesson", "succeeded")


def test_a_failed_run_leaves_why_and_what_still_fails() -> None:
    failing = edited(("run_tests", "{}", 1))
    not_green = b'"data":{"not_green":[{"id":"tests/test_shop.py::test_total"}]}'
    failing = (failing[0], failing[1].replace(b'"exit_code":1', b'"exit_code":1,' + not_green))
    with memory() as here:
        told = lessons(here, [*of_shop(solved_run())[:5], failing, end(RunFinished(status="failed", failure=BROKEN))])
    assert "Ended: failed (beyond_model: No small edit helps.)" in told[KEY]
    assert "Still failing at the end: tests/test_shop.py::test_total" in told[KEY]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(solved_run(), id="a run of no project"),
        pytest.param([*of_shop(solved_run())[:5], end(RunFinished(status="succeeded"))], id="nothing ever failed"),
        pytest.param([*of_shop(solved_run())[:5], end(RunFinished(status="cancelled"))], id="somebody stopped it"),
        pytest.param([*of_shop(solved_run())[:5], end(RunFinished(status="failed", failure=AWAY))], id="nobody served"),
    ],
)
def test_there_is_no_lesson_in(sent: Sequence[Sent]) -> None:
    with memory() as here:
        assert lessons(here, sent) == {}


def test_a_lesson_that_a_person_forgot_does_not_come_back_in_whatever_order_memory_is_built() -> None:
    with memory() as first, memory() as second:
        lessons(first, of_shop(solved_run()))
        one = first.write(Forget(key=KEY))
        other = second.write(Forget(key=KEY))
        assert lessons(second, of_shop(solved_run())) == {}
        assert first.ask(ListItems(places=(SHOP,))) == ()
    assert one == other


def test_a_lesson_is_found_by_its_words() -> None:
    with memory() as here:
        lessons(here, of_shop(solved_run()))
        here.write(put("other", "nothing"))
        (item,) = here.ask(SearchItems(text="test_total fails", places=(SHOP,)))
    assert item.key == KEY


PATCH = "*** Begin Patch\n*** Update File: a/b.py\n@@\n-x\n+y\n*** Add File: c.py\n+z\n*** End Patch"


@pytest.mark.parametrize(
    ("tool", "arguments", "files"),
    [
        ("apply_patch", msgspec.json.encode({"patch": PATCH}).decode(), ["a/b.py", "c.py"]),
        ("apply_patch", '{"patch": "--- a/x.py\\n+++ b/x.py\\n@@ -1 +1 @@"}', ["x.py"]),
        ("str_replace_editor", '{"command": "insert", "path": "x.py"}', ["x.py"]),
        ("str_replace_editor", '{"command": "view", "path": "x.py"}', []),
        ("str_replace_editor", '{"command": "create", "path": 7}', []),
        ("str_replace_editor", "not json", []),
        ("str_replace_editor", "[" * 100_000, []),
    ],
)
def test_the_files_a_call_changed_are_read_off_its_arguments(tool: str, arguments: str, files: list[str]) -> None:
    assert list(changed_files(tool, arguments)) == files


def test_a_run_that_ends_twice_teaches_once() -> None:
    again = end(RunFinished(status="failed", failure=BROKEN))
    with memory() as here:
        assert "Ended: succeeded" in lessons(here, [*of_shop(solved_run()), again])[KEY]


def test_a_damaged_number_of_a_test_run_breaks_no_lesson() -> None:
    strange = edited(("run_tests", "{}", 1))
    strange = (strange[0], strange[1].replace(b'"exit_code":1', b'"exit_code":1,"data":{"not_green":[7,{"id":8}]}'))
    with memory() as here:
        told = lessons(here, [*of_shop(solved_run())[:5], strange, end(RunFinished(status="failed", failure=BROKEN))])
    assert "Still failing" not in told[KEY]


def test_no_row_of_another_run_gets_into_a_lesson() -> None:
    with memory() as here:
        other = [(subject.replace(RUN.run, "other"), data) for subject, data in [*of_shop(solved_run())[:5], EDITS]]
        told = lessons(here, [*other, *of_shop(solved_run())])
    assert "Files changed" not in told[KEY]


def test_a_replay_teaches_nothing_new() -> None:
    replayed = msgspec.structs.replace(IN_SHOP, replay="01m81z621jfz68myf9s9q9jyzq")
    with memory() as here:
        sent = [(RUN.run_event("submitted"), encode(replayed)), *of_shop(solved_run())[1:]]
        assert lessons(here, [*sent[:-3], EDITS, *sent[-3:]]) == {}
