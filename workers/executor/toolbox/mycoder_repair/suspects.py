"""From suspicious lines to suspicious statements, definitions included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import sqrt

from .profile import Line
from .scope import stored_names, used_names
from .source import FUNCTIONS, FunctionNode, Source, header_end, own_nodes

DEFINITION_SHARE = 0.6
UNUSED_SHARE = 0.5
THROUGH_A_CONSTANT = 0.9
CONTROL_SHARE = 0.6
FEW_LITERALS = 6


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
            here = self._own(source, statement)
            if here:
                here = max(here, CONTROL_SHARE * self._controlled(source, statement))
            else:
                here = DEFINITION_SHARE * max(self._definition(source, statement), self._building(source, statement))
            if here:
                yield statement, here

    def _own(self, source: Source, statement: ast.stmt) -> float:
        return max((self._line(source, line) for line in _header_lines(statement)), default=0.0)

    def _controlled(self, source: Source, statement: ast.stmt) -> float:
        """Every test runs a condition; that a failing one runs what it guards is the condition's doing."""
        if not isinstance(statement, (ast.If, ast.While)):
            return 0.0
        return max(self._own(source, block[0]) for block in (statement.body, statement.orelse) if block)

    def _line(self, source: Source, line: int) -> float:
        return self._suspicion.get((source.path, line), 0.0)

    def _blame(self, source: Source) -> None:
        """Functions get the suspicion of their worst line; names that of the worst line that uses them."""
        for statement in source.statements():
            if isinstance(statement, FUNCTIONS):
                lines = range(statement.body[0].lineno, (statement.end_lineno or 0) + 1)
                self._worst[statement] = max((self._line(source, line) for line in lines), default=0.0)
                continue
            here = self._own(source, statement)
            for node in own_nodes(statement) if here else ():
                self._mention(node, here)

    def _mention(self, node: ast.AST, worst: float) -> None:
        for name in used_names(node) | attributes(node):
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
            if isinstance(node, FUNCTIONS) and self._at_import(source, node) and not self._worst.get(node):
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
        blamed = self._of_names(statement) or (UNUSED_SHARE if source.path in self._files else 0.0)
        literals = sum(isinstance(node, ast.Constant) for node in own_nodes(statement))
        return blamed * sqrt(min(1.0, FEW_LITERALS / max(literals, 1)))


def attributes(node: ast.AST) -> set[str]:
    return {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def _header_lines(statement: ast.stmt) -> range:
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        return range(0)
    if isinstance(statement, ast.Try):
        handlers = [h.lineno for h in statement.handlers]
        return range(statement.lineno, max(handlers, default=statement.lineno) + 1)
    return range(statement.lineno, header_end(statement) + 1)
