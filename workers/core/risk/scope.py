"""What is known at a place in a script about the rest of it, and words with that filled in."""

import re

import msgspec

from mycoderai.workers.core.risk.shell_words import Word

SET_VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_EXPANSION = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What is known at a place in a script about the rest of it."""

    variables: dict[str, str] = {}
    """Those set once, to something that is known."""
    own_jobs: frozenset[str] = frozenset()
    """Variables that hold the id of a process the script itself started."""
    functions: frozenset[str] = frozenset()
    moved: bool = False
    """It went to a folder that is not known to be in the workspace."""
    fetched: frozenset[str] = frozenset()
    """Names of files it downloads."""


def filled_in(word: Word, scope: Scope) -> Word:
    """With variables that are known. One that might split into several words stays unknown."""
    if not word.dynamic or not scope.variables:
        return word

    def value(match: re.Match[str]) -> str:
        known = scope.variables.get(match[1] or match[2])
        return match[0] if known is None or (not word.quoted and re.search(r"[\s*?\[]", known)) else known

    text = _EXPANSION.sub(value, word.text)
    return msgspec.structs.replace(word, text=text, dynamic="$" in text or bool(word.scripts))
