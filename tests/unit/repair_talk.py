"""A conversation with `offline/repair`, as the agent loop leads it."""

import json
from collections.abc import Sequence

from mycoderai.schemas.chat import Message, ModelRequest, ToolCall, ToolSpec
from mycoderai.workers.model.repair import answer

SYSTEM = "You are the {role} of a team of agents that works on a git repository."
SEARCH_FOUND = {
    "status": "solved",
    "edits": [{"path": "a.py", "old_str": "-", "new_str": "+", "line": 3, "kind": "operator"}],
    "title": "Fix total in a.py",
    "explanation": "The sum was a difference.",
}
EDIT = {"command": "str_replace", "path": "a.py", "old_str": "-", "new_str": "+"}


class Conversation:
    def __init__(
        self,
        goal: str = "make the tests pass",
        *,
        role: str = "coder",
        tools: Sequence[str] = (),
        seconds_left: float = 200.0,
    ) -> None:
        self.messages = [
            Message(role="system", content=SYSTEM.format(role=role)),
            Message(role="user", content=f"{goal}\n\nThe tests are run with: pytest"),
        ]
        self.tools = tuple(ToolSpec(name=name, description="", parameters={}) for name in tools)
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
            tools=self.tools,
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

    async def next(self, *outputs: object) -> tuple[str, dict[str, object]]:
        """What it does after hearing this, when that is one call."""
        self.hear(*outputs)
        (call,) = await self.ask()
        return call


def report(*red: str, not_green: int | None = None, total: int = 3) -> dict[str, object]:
    count = len(red) if not_green is None else not_green
    counts = {"passed": total - count, "not_green": count, "total": total}
    return {
        "counts": counts,
        "not_green": [{"id": test, "outcome": "failed", "message": ""} for test in red],
        "collect_errors": [],
        "duration_s": 2.0,
    }
