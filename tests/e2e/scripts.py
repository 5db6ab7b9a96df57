"""Models that say what a test wrote."""

import json
import os
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
        text = json.dumps(turns)
        with self._path.open("w") as pipe:  # open once the model worker reads
            written = self._path.with_suffix(".all")
            written.write_text(text)
            written.replace(self._path)  # later turns are read from a file
            pipe.write(text)
