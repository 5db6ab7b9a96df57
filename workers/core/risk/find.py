"""Which files a `find` finds, as far as that decides what happens to the workspace."""

import re
from collections.abc import Sequence

from mycoderai.workers.core.risk.paths import place
from mycoderai.workers.core.risk.scope import Scope
from mycoderai.workers.core.risk.shell_words import Word

_FILTERS = frozenset({"-name", "-iname", "-path", "-ipath", "-regex", "-iregex", "-empty", "-wholename"})


def has_filter(args: Sequence[Word]) -> bool:
    """Whether a `find` looks for certain files only."""
    filters = [n for n, arg in enumerate(args) if arg.text in _FILTERS]
    return any(args[n].text == "-empty" or _selects(args[n + 1 : n + 2]) for n in filters)


def _selects(pattern: Sequence[Word]) -> bool:
    return bool(pattern) and re.fullmatch(r"[*?./]*", pattern[0].text) is None


def leaves(args: Sequence[Word], scope: Scope) -> bool:
    """Whether a `find` starts outside of the workspace."""
    starts = []
    for arg in args:
        if arg.text.startswith(("-", "(", "!")):
            break
        starts.append(arg)
    return any(place(start, moved=scope.moved) in ("outside", "unknown") for start in starts)
