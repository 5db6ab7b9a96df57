"""From suspicious lines to suspicious statements, definitions included."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .profile import Line
from .scope import stored_names, used_names
from .source import FUNCTIONS, FunctionNode, Source, header_end

DEFINITION_SHARE = 0.6
UNUSED_SHARE = 0.5
THROUGH_A_CONSTANT = 0.9


class Suspects:
    """Statements with their suspicion; constants and signatures get a share of that of the code using them."""

    def __init__(
        self, sources: dict[str, Source], suspicion: dict[Line, float], import_lines: dict[str, set[int]]
    ) -> None:
        self._suspicion = suspicion
        self._import_lines = import_lines
        self._builders: dict[ast.AST, float] = {}
        self._worst: dict[ast.AST, float] = {}
        self._by_name: dict[str, float] = {}
        self._files = {path for path, _ in suspicion}
        for source in sources.values():
            if source.path in self._files:
                self._blame(source)
        for source in sources.values():
            self._pass_on(source)
            self._find_builders(source)

    def of(self, source: Source) -> Iterator[tuple[ast.stmt, float]]:
        for statement in source.statements():
            here = max((self._line(source, line) for line in _header_lines(statement)), default=0.0)
            if not here:
                here = DEFINITION_SHARE * max(self._definition(source, statement), self._building(source, statement))
            if here:
                yield statement, here

    def _line(self, source: Source, line: int) -> float:
        return self._suspicion.get((source.path, line), 0.0)

    def _blame(self, source: Source) -> None:
        """Functions get the suspicion of their worst line, and so do the names they use."""
        for node in ast.walk(source.tree):
            if not isinstance(node, FUNCTIONS):
                continue
            lines = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
            worst = max((self._line(source, line) for line in lines), default=0.0)
            if worst:
                self._worst[node] = worst
                self._mention(node, worst)

    def _mention(self, node: ast.AST, worst: float) -> None:
        for name in used_names(node) | _attributes(node):
            self._by_name[name] = max(self._by_name.get(name, 0.0), worst)

    def _pass_on(self, source: Source) -> None:
        """A constant made from another constant."""
        for statement in reversed(source.tree.body):
            if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
                blamed = self._of_names(statement)
                if blamed:
                    self._mention(statement.value, blamed * THROUGH_A_CONSTANT)

    def _find_builders(self, source: Source) -> None:
        """Functions that run at import and touch globals which suspicious code uses."""
        known = {name for statement in source.tree.body for name in stored_names([statement])}
        for node in ast.walk(source.tree):
            if isinstance(node, FUNCTIONS) and self._at_import(source, node) and node not in self._worst:
                names = used_names(node) & known
                self._builders[node] = max((self._by_name.get(name, 0.0) for name in names), default=0.0)

    def _at_import(self, source: Source, node: FunctionNode) -> bool:
        lines = self._import_lines.get(source.path, set())
        return not lines.isdisjoint(range(node.body[0].lineno, (node.end_lineno or 0) + 1))

    def _building(self, source: Source, statement: ast.stmt) -> float:
        function = source.function_of(statement)
        ran = statement.lineno in self._import_lines.get(source.path, set())
        return self._builders.get(function, 0.0) if function is not None and ran else 0.0

    def _of_names(self, statement: ast.Assign | ast.AnnAssign) -> float:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = {name for target in targets for name in used_names(target)}
        return max((self._by_name.get(name, 0.0) for name in names), default=0.0)

    def _definition(self, source: Source, statement: ast.stmt) -> float:
        if isinstance(statement, FUNCTIONS):
            return self._worst.get(statement, 0.0)
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or source.function_of(statement) is not None:
            return 0.0
        return self._of_names(statement) or (UNUSED_SHARE if source.path in self._files else 0.0)


def _attributes(node: ast.AST) -> set[str]:
    return {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def _header_lines(statement: ast.stmt) -> range:
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        return range(0)
    if isinstance(statement, ast.Try):
        handlers = [h.lineno for h in statement.handlers]
        return range(statement.lineno, max(handlers, default=statement.lineno) + 1)
    return range(statement.lineno, header_end(statement) + 1)
