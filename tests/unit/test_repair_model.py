"""`offline/repair` as a conversation: the next tool call follows from what was said so far."""

import json

from mycoderai.schemas.chat import Message, ModelRequest, ToolCall
from mycoderai.workers.model.repair import answer

SEARCH_FOUND = {
    "status": "solved",
    "edits": [{"path": "a.py", "old_str": "-", "new_str": "+", "line": 3, "kind": "operator"}],
    "title": "Fix total in a.py",
    "explanation": "The sum was a difference.",
}


class Conversation:
    def __init__(self, seconds_left: float = 200.0) -> None:
        self.messages: list[Message] = [Message(role="user", content="make the tests pass")]
        self.seconds_left = seconds_left
        self.turn = 0

    async def ask(self) -> list[tuple[str, dict[str, object]]]:
        self.turn += 1
        request = ModelRequest(
            call=f"1-{self.turn}",
            run="r",
            step="main",
            model="offline/repair",
            messages=tuple(self.messages),
            seconds_left=self.seconds_left,
        )
        message = (await answer(request)).message
        assert message == (await answer(request)).message, "the same conversation has the same answer"
        self.messages.append(message)
        self.calls: tuple[ToolCall, ...] = message.tool_calls
        return [(call.name, json.loads(call.arguments)) for call in message.tool_calls]

    def hear(self, *outputs: object) -> None:
        for call, output in zip(self.calls, outputs, strict=True):
            text = output if isinstance(output, str) else "some text\n" + json.dumps(output)
            self.messages.append(Message(role="tool", tool_call_id=call.id, content=text))


def report(*, not_green: int, total: int = 3) -> dict[str, object]:
    counts = {"passed": total - not_green, "not_green": not_green, "total": total}
    return {"counts": counts, "collect_errors": [], "duration_s": 2.0}


async def test_a_bug_is_found_edited_confirmed_and_submitted() -> None:
    talk = Conversation()
    assert await talk.ask() == [("run_tests", {})]
    talk.hear(report(not_green=1))
    ((name, arguments),) = await talk.ask()
    assert name == "bash"
    assert str(arguments["command"]).startswith("python3 -m mycoder_repair search --budget-s 191")
    talk.hear(SEARCH_FOUND)
    edit = {"command": "str_replace", "path": "a.py", "old_str": "-", "new_str": "+"}
    assert await talk.ask() == [("str_replace_editor", edit)]
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
