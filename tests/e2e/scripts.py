"""Models that say what a test wrote."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

FIX = {
    "name": "str_replace_editor",
    "arguments": {"command": "str_replace", "path": "cart.py", "old_str": "/ 10", "new_str": "/ 100"},
}
LOOK = {"name": "str_replace_editor", "arguments": {"command": "view", "path": "cart.py"}}
SUBMIT = {"name": "submit", "arguments": {"summary": "Fix the discount"}}
QUESTION = {"name": "ask_human", "arguments": {"question": "Percent or fraction?"}}
GIVE_UP = {"name": "give_up", "arguments": {"reason": "too hard"}}


def played(folder: Path, *turns: Any, steps: dict[str, Any] | None = None) -> str:
    """The model that plays these turns, or those of each step or role."""
    path = folder / "script.json"
    path.write_text(json.dumps({"steps": steps} if steps else turns))
    return f"scripted:{path}"


class Silent:
    """A model that thinks until it is told to speak: its transcript is a pipe that nobody has written to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asking: TextIO | None = None
        os.mkfifo(path)
        self.model = f"scripted:{path}"

    def until_asked(self) -> None:
        """Return once somebody waits for what it says: the step is at work."""
        self._asking = self._path.open("w")  # open once the model worker reads

    def speak(self, *turns: Any) -> None:
        """To who is asking, or is about to ask, and to everybody later."""
        if self._asking is None:
            self.until_asked()
        assert self._asking
        with self._asking as pipe:
            pipe.write(self._written(turns))

    def _written(self, turns: Sequence[Any]) -> str:
        """The transcript, which stands in the place of the pipe now."""
        text = json.dumps(turns)
        written = self._path.with_suffix(".all")
        written.write_text(text)
        written.replace(self._path)
        return text
