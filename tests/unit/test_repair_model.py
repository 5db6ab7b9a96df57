"""`offline/repair` as a conversation: the next tool call follows from what was said so far."""

import sys
from pathlib import Path

# With importlib mode a test folder is no package; what tests share is imported by its plain name.
sys.path.insert(0, str(Path(__file__).parent))

from repair_talk import EDIT, SEARCH_FOUND, Conversation, report


async def test_a_bug_is_found_edited_confirmed_and_submitted() -> None:
    talk = Conversation()
    assert await talk.ask() == [("run_tests", {})]
    talk.hear(report(not_green=1))
    ((name, arguments),) = await talk.ask()
    assert name == "bash"
    assert str(arguments["command"]).startswith("python3 -m mycoder_repair search --budget-s 191")
    talk.hear(SEARCH_FOUND)
    assert await talk.ask() == [("str_replace_editor", EDIT)]
    talk.hear("Replaced at line 3 of a.py.")
    assert await talk.ask() == [("run_tests", {})]
    talk.hear(report(not_green=0))
    assert await talk.ask() == [("submit", {"summary": "Fix total in a.py\n\nThe sum was a difference."})]


async def test_a_green_suite_is_nothing_to_repair() -> None:
    talk = Conversation()
    await talk.ask()
    talk.hear(report(not_green=0))
    ((name, arguments),) = await talk.ask()
    assert (name, arguments["code"]) == ("give_up", "nothing_failing")


async def test_no_tests_is_said_as_such() -> None:
    talk = Conversation()
    await talk.ask()
    talk.hear(report(not_green=0, total=0))
    ((name, arguments),) = await talk.ask()
    assert (name, arguments["code"]) == ("give_up", "no_tests")


async def test_a_search_that_needs_more_time_goes_on_where_it_stopped() -> None:
    talk = Conversation()
    await talk.ask()
    talk.hear(report(not_green=1))
    await talk.ask()
    talk.hear({"status": "out_of_time", "cursor": {"at": 40}, "reason": "time is up"})
    ((name, arguments),) = await talk.ask()
    assert name == "bash"
    assert """--cursor '{"at":40}'""" in str(arguments["command"])
    talk.seconds_left = 3
    talk.hear({"status": "out_of_time", "cursor": {"at": 90}, "reason": "time is up"})
    ((name, arguments),) = await talk.ask()
    assert (name, arguments["code"], arguments["reason"]) == ("give_up", "out_of_time", "time is up")


async def test_an_edit_that_the_clean_copy_does_not_confirm_is_no_success() -> None:
    talk = Conversation()
    await talk.ask()
    talk.hear(report(not_green=1))
    await talk.ask()
    talk.hear(SEARCH_FOUND)
    await talk.ask()
    talk.hear("Replaced at line 3 of a.py.")
    await talk.ask()
    talk.hear(report(not_green=1))
    ((name, _),) = await talk.ask()
    assert name == "give_up"
