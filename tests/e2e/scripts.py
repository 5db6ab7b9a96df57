"""Models that say what a test wrote."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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
        os.mkfifo(path)
        self.model = f"scripted:{path}"

    def speak(self, *turns: Any) -> None:
        """To who is asking, or is about to ask, and to everybody later."""
        with self._path.open("w") as pipe:  # open once the model worker reads
            pipe.write(self._written(turns))

    def speak_later(self, *turns: Any) -> None:
        """To everybody from now on; who asked before and has gone is let go."""
        try:
            pipe = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody has asked
            self._written(turns)
            return
        with open(pipe, "w") as gone:
            gone.write(self._written(turns))

    def _written(self, turns: Sequence[Any]) -> str:
        """The transcript, which stands in the place of the pipe now."""
        text = json.dumps(turns)
        written = self._path.with_suffix(".all")
        written.write_text(text)
        written.replace(self._path)
        return text
