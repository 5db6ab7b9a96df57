"""The names a statement can use, and the repository's own functions, classes and constants."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .source import FUNCTIONS, FunctionNode, Source

BUILTINS = frozenset(dir(builtins))


@dataclass
class ModuleFacts:
    """What one file defines and mentions."""

    functions: dict[str, FunctionNode] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)
    ints: list[int] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    attributes: dict[str, Counter[str]] = field(default_factory=dict)


def facts(source: Source) -> ModuleFacts:
    found = ModuleFacts()
    for statement in source.tree.body:
        _define(statement, found)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and not _is_docstring(source, node):
            if type(node.value) is int and node.value not in found.ints:
                found.ints.append(node.value)
            elif isinstance(node.value, str) and len(node.value) <= 20 and node.value not in found.strings:
                found.strings.append(node.value)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.attributes.setdefault(node.value.id, Counter())[node.attr] += 1
    return found


def _define(node: ast.stmt, found: ModuleFacts) -> None:
    if isinstance(node, FUNCTIONS):
        found.functions[node.name] = node
        found.names.add(node.name)
    elif isinstance(node, ast.ClassDef):
        found.classes[node.name] = node
        found.names.add(node.name)
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        names = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        found.names |= names
        found.imported |= names
    elif isinstance(node, (ast.If, ast.Try)):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                _define(child, found)
    else:
        found.names |= stored_names([node])


def _is_docstring(source: Source, node: ast.Constant) -> bool:
    return isinstance(source.parents.get(node), ast.Expr)


def stored_names(statements: Iterable[ast.AST]) -> set[str]:
    return {
        node.id
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def parameters(function: FunctionNode) -> list[str]:
    spec = function.args
    names = [arg.arg for arg in [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]]
    names += [arg.arg for arg in (spec.vararg, spec.kwarg) if arg is not None]
    return names


def locals_before(function: FunctionNode, line: int) -> list[str]:
    """Parameters and the variables some line above has bound, in order of appearance."""
    names = dict.fromkeys(parameters(function))
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno <= line:
            names.setdefault(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name and node.lineno < line:
            names.setdefault(node.name)
    return list(names)


def methods(cls: ast.ClassDef | None) -> dict[str, FunctionNode]:
    if cls is None:
        return {}
    return {node.name: node for node in cls.body if isinstance(node, FUNCTIONS)}


def self_attributes(cls: ast.ClassDef | None) -> list[str]:
    """Attributes assigned on self anywhere in the class, and annotated or assigned in its body."""
    if cls is None:
        return []
    names: dict[str, None] = {}
    for statement in cls.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            names.setdefault(statement.target.id)
    for node in ast.walk(cls):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            names.setdefault(node.attr)
    own = methods(cls)
    return [name for name in names if name not in own or _is_property(own[name])]


def _is_property(function: FunctionNode) -> bool:
    return any(isinstance(d, ast.Name) and d.id in ("property", "cached_property") for d in function.decorator_list)


def used_names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
