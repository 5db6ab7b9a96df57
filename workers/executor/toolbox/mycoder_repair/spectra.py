"""What each test may owe its outcome to: the lines it ran, and the constants these lines use."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from .profile import Line
from .scope import stored_names, used_names
from .source import FUNCTIONS, Source, own_nodes
from .suspects import attributes


class Spectra:
    """A constant is a place of its own, since no test runs the line that defines it."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._uses: dict[Line, set[str]] = {}
        constants = {name for source in sources.values() for name in _constants(source)}
        for source in sources.values():
            self._note(source, constants)

    def of(self, lines: Iterable[Line]) -> frozenset[object]:
        ran = set(lines)
        return frozenset(ran) | {name for line in ran for name in self._uses.get(line, ())}

    def _note(self, source: Source, constants: set[str]) -> None:
        for statement in source.statements():
            if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
                continue
            names = {name for node in own_nodes(statement) for name in used_names(node) | attributes(node)}
            if names & constants:
                self._uses[source.path, statement.lineno] = names & constants


def _constants(source: Source) -> set[str]:
    """Names given a value outside of functions."""
    bodies = [source.tree.body, *(node.body for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef))]
    plain = [s for body in bodies for s in body if isinstance(s, (ast.Assign, ast.AnnAssign, ast.AugAssign))]
    return stored_names(plain)
