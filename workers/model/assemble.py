"""The pieces of a streamed answer, put together. Pure."""

from collections.abc import Mapping
from typing import Any

from mycoderai.schemas.chat import ToolCall
from mycoderai.workers.model.thoughts import Thoughts


class _Fragments:
    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []


class Said:
    """What has come of an answer. Chunks are in the OpenAI form, with whatever litellm left out or providers got
    wrong: no role is believed, no id needed."""

    def __init__(self) -> None:
        self.received = 0
        """How many chunks brought something."""
        self.finish = ""
        """Why the provider says it ended; empty when it did not say, because it was cut off."""
        self.usage: Mapping[str, Any] | None = None
        """What the provider says it took."""
        self.thoughts = Thoughts()
        self._text: list[str] = []
        self._calls: list[_Fragments] = []
        self._at: dict[int, _Fragments] = {}

    @property
    def text(self) -> str:
        return "".join(self._text)

    @property
    def calls(self) -> list[ToolCall]:
        return [ToolCall(id=call.id, name=call.name, arguments="".join(call.arguments)) for call in self._calls]

    @property
    def length(self) -> int:
        """In characters, without what was thought."""
        return len(self.text) + sum(len(call.name) + len(call.arguments) for call in self.calls)

    def take(self, chunk: Mapping[str, Any]) -> str:
        """Add a chunk; the text it brought."""
        choices = chunk.get("choices") or ()
        delta = (choices[0].get("delta") or {}) if choices else {}
        text = delta.get("content") or ""
        calls = delta.get("tool_calls") or ()
        if self.thoughts.take(delta) or text or calls or (choices and choices[0].get("finish_reason")):
            self.received += 1
        if text:
            self._text.append(text)
        for fragment in calls:
            self._take_call(fragment)
        return str(text)

    def _take_call(self, fragment: Mapping[str, Any]) -> None:
        function = fragment.get("function") or {}
        id_, name = fragment.get("id") or "", function.get("name") or ""
        call = self._at.get(fragment.get("index") or 0)
        # Some providers number every call 0 and tell them apart by id alone.
        if call is None or (id_ and name and call.id and id_ != call.id):
            call = self._at[fragment.get("index") or 0] = _Fragments()
            self._calls.append(call)
        call.id = call.id or id_
        call.name = call.name or name
        call.arguments.append(function.get("arguments") or "")
