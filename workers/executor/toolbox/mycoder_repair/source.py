"""One parsed source file: byte-exact spans, parents, and the statement a line belongs to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Union

from .fstrings import locate

FunctionNode = Union[ast.FunctionDef, ast.AsyncFunctionDef]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPOUND = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, *FUNCTIONS, ast.ClassDef)


class Source:
    """Raises SyntaxError (or ValueError for null bytes) when the file cannot be parsed."""

    def __init__(self, path: str, data: bytes) -> None:
        self.path = path
        self.data = data
        self.tree = ast.parse(data)
        self.parents: dict[ast.AST, ast.AST] = {}
        for parent in ast.walk(self.tree):
            for child in ast.iter_child_nodes(parent):
                self.parents[child] = parent
        self._starts = [0]
        for line in data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        for node in self.parents:
            if isinstance(node, ast.JoinedStr):
                node.located = locate(self.text(node), node)  # type: ignore[attr-defined]
        self.newline = b"\r\n" if b"\r\n" in data else b"\n"

    def span(self, node: ast.AST) -> tuple[int, int]:
        first, last = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
        return self._starts[first - 1] + start, self._starts[last - 1] + end

    def text(self, node: ast.AST) -> str:
        start, end = self.span(node)
        return self.data[start:end].decode("utf-8")

    def line_start(self, line: int) -> int:
        return self._starts[min(line - 1, len(self._starts) - 1)]

    def line_text(self, line: int) -> str:
        return self.data[self.line_start(line) : self.line_start(line + 1)].decode("utf-8")

    def indent(self, node: ast.stmt) -> str:
        return " " * node.col_offset if "\t" not in self.line_text(node.lineno) else "\t" * node.col_offset

    def starts_its_line(self, node: ast.stmt) -> bool:
        start, _ = self.span(node)
        return not self.data[self.line_start(node.lineno) : start].strip()

    def block_span(self, node: ast.stmt) -> tuple[int, int]:
        """Whole lines of a statement, decorators included, comments after it on its last line too."""
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        return self.line_start(first), self.line_start((node.end_lineno or node.lineno) + 1)

    def statements(self) -> Iterator[ast.stmt]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.stmt):
                yield node

    def function_of(self, node: ast.AST) -> FunctionNode | None:
        current = self.parents.get(node)
        while current is not None:
            if isinstance(current, FUNCTIONS):
                return current
            current = self.parents.get(current)
        return None

    def class_of(self, node: ast.AST) -> ast.ClassDef | None:
        current = self.parents.get(node)
        while current is not None:
            if isinstance(current, ast.ClassDef):
                return current
            current = self.parents.get(current)
        return None

    def siblings(self, node: ast.stmt) -> list[ast.stmt]:
        """The list of statements this one stands in."""
        parent = self.parents[node]
        for name in ("body", "orelse", "finalbody", "handlers"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and node in block:
                return block
        return [node]


def own_nodes(statement: ast.stmt) -> Iterator[ast.expr]:
    """Expressions of a statement itself, not of the statements inside it; of f-strings where positions are known."""
    stack: list[ast.AST] = [
        child
        for child in reversed(list(ast.iter_child_nodes(statement)))
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.arguments))
    ]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.expr):
            yield node
        if isinstance(node, ast.JoinedStr):
            parts = node.values if getattr(node, "located", False) else []
            stack.extend(part.value for part in reversed(parts) if isinstance(part, ast.FormattedValue))
            continue
        stack.extend(reversed(list(ast.iter_child_nodes(node))))


def header_end(statement: ast.stmt) -> int:
    """Last line of a compound statement's own header; the last line of a simple one."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return max(int(body[0].lineno) - 1, statement.lineno)
    return statement.end_lineno or statement.lineno
