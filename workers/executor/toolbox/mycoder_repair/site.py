"""One suspicious statement with everything a generator of edits may want to know about it."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from .edit import Splice
from .scope import ModuleFacts, locals_before, methods, self_attributes
from .source import FunctionNode, Source, own_nodes
from .symptoms import Symptoms

ATOMS = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set, ast.Tuple)
TIGHT_PARENTS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Attribute, ast.Await, ast.Starred)


@dataclass(frozen=True)
class Proposal:
    """One edit with its prior weight: how often a fault of this kind is mended this way."""

    splices: tuple[Splice, ...]
    kind: str
    prior: float
    note: str


@dataclass
class Site:
    source: Source
    statement: ast.stmt
    facts: ModuleFacts
    symptoms: Symptoms
    kinds: dict[str, set[str]]
    test_strings: list[str]
    test_ints: list[int]

    def __post_init__(self) -> None:
        self.function: FunctionNode | None = self.source.function_of(self.statement)
        self.cls = self.source.class_of(self.statement)
        self.nodes: list[ast.expr] = list(own_nodes(self.statement))
        self.locals = locals_before(self.function, self.statement.lineno) if self.function else []
        self.attributes = self_attributes(self.cls) if self.has_self else []
        self.methods = methods(self.cls)

    @property
    def has_self(self) -> bool:
        return "self" in self.locals

    def text(self, node: ast.AST) -> str:
        return self.source.text(node)

    def parent(self, node: ast.AST) -> ast.AST:
        return self.source.parents[node]

    def of_kind(self, name: str) -> set[str]:
        """Run-time types seen for a variable or `self.attribute`, without the emptiness mark."""
        return {tag.split(":")[0] for tag in self.kinds.get(name, ())}

    def kinds_of(self, node: ast.AST) -> set[str]:
        """Best guess at an expression's types: seen at run time, or plain from its form."""
        if isinstance(node, ast.Name):
            return self.of_kind(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self.of_kind(f"{node.value.id}.{node.attr}")
        if isinstance(node, ast.Constant):
            return {type(node.value).__name__}
        if isinstance(node, (ast.List, ast.ListComp)):
            return {"list"}
        if isinstance(node, (ast.Compare,)) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
            return {"bool"}
        return set()

    def replace(self, node: ast.AST, new: str, kind: str, prior: float, note: str = "") -> Proposal:
        start, end = self.source.span(node)
        old = self.text(node)
        return self.splice(start, end, new, kind, prior, note or f"replaces `{_short(old)}` with `{_short(new)}`")

    def replace_tight(self, node: ast.AST, new: str, kind: str, prior: float, note: str = "") -> Proposal:
        """As `replace`, in brackets where the surrounding expression would otherwise bind tighter."""
        parent = self.source.parents.get(node)
        tight = isinstance(parent, TIGHT_PARENTS)
        tight = tight or (isinstance(parent, (ast.Call, ast.Subscript)) and node is not self._argument(parent, node))
        return self.replace(node, f"({new})" if tight else new, kind, prior, note)

    def _argument(self, parent: ast.AST, node: ast.AST) -> ast.AST | None:
        inner = parent.func if isinstance(parent, ast.Call) else getattr(parent, "value", None)
        return None if inner is node else node

    def splice(self, start: int, end: int, new: str, kind: str, prior: float, note: str) -> Proposal:
        return Proposal((Splice(start, end, new.encode()),), kind, prior, note)

    def insert_before(self, statement: ast.stmt, lines: Iterable[str], kind: str, prior: float) -> Proposal:
        at = self.source.block_span(statement)[0]
        return self._insert(at, self.source.indent(statement), lines, kind, prior, "before")

    def insert_after(self, statement: ast.stmt, lines: Iterable[str], kind: str, prior: float) -> Proposal:
        at = self.source.block_span(statement)[1]
        return self._insert(at, self.source.indent(statement), lines, kind, prior, "after")

    def _insert(self, at: int, indent: str, lines: Iterable[str], kind: str, prior: float, where: str) -> Proposal:
        end = self.source.newline.decode()
        lines = list(lines)
        text = "".join(f"{indent}{line}{end}" for line in lines)
        if at and self.source.data[at - 1 : at] != b"\n":
            text = end + text
        return self.splice(at, at, text, kind, prior, f"adds `{_short(' '.join(s.strip() for s in lines))}`")


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 70 else flat[:67] + "..."
