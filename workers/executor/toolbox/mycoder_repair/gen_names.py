"""Wrong variable, attribute, function or method, and names that do not exist."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .scope import BUILTINS
from .site import Proposal, Site
from .vocabulary import FAMILIES, KNOWN_IMPORTS, MODULES


def propose(site: Site) -> Iterator[Proposal]:
    for node in site.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield from _function(site, node) if _is_called(site, node) else _variable(site, node)
            yield from _missing(site, node)
        elif isinstance(node, ast.Name):
            yield from _target(site, node)
        elif isinstance(node, ast.Attribute):
            yield from _attribute(site, node)


def _is_called(site: Site, node: ast.expr) -> bool:
    parent = site.parent(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _weight(site: Site, old: set[str], new: set[str]) -> float:
    """Same run-time type is likely, another one is not; nothing known is in between."""
    if not old or not new:
        return 0.5
    return 1.0 if old & new else 0.25


def _variable(site: Site, node: ast.Name) -> Iterator[Proposal]:
    old = site.of_kind(node.id)
    others = [name for name in site.locals if name not in (node.id, "self", "cls")]
    for name in others:
        prior = 0.45 * _weight(site, old, site.of_kind(name))
        yield site.replace(node, name, "name", prior * (1.2 if _unused(site, name) else 1))
    for attribute in site.attributes:
        kinds = site.of_kind(f"self.{attribute}")
        prior = 0.5 if attribute.strip("_") == node.id.strip("_") else 0.12 * _weight(site, old, kinds)
        yield site.replace(node, f"self.{attribute}", "name", prior)
    if node.id in site.facts.names:
        constants = [
            n
            for n in sorted(site.facts.names - site.facts.imported)
            if n != node.id and n.isupper() == node.id.isupper()
        ]
        yield from (site.replace(node, name, "name", 0.25) for name in constants)
    else:
        yield from (site.replace(node, name, "name", 0.05) for name in sorted(site.facts.names) if name.isupper())


def _unused(site: Site, name: str) -> bool:
    """A parameter nothing reads is a likely victim of a slip."""
    if site.function is None:
        return False
    return not any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in ast.walk(site.function)
    )


def _function(site: Site, node: ast.Name) -> Iterator[Proposal]:
    for name in _family(node.id):
        if name in BUILTINS or name in site.facts.names:
            yield site.replace(node, name, "method", 0.6)
    if node.id in site.facts.functions or node.id in site.facts.classes:
        for name in [*site.facts.functions, *site.facts.classes]:
            if name != node.id:
                yield site.replace(node, name, "method", 0.2)
    if node.id in site.facts.imported:
        for name in sorted(site.facts.imported - {node.id}):
            yield site.replace(node, name, "method", 0.12)


def _family(name: str) -> list[str]:
    return list(dict.fromkeys(other for family in FAMILIES if name in family for other in family if other != name))


def _target(site: Site, node: ast.Name) -> Iterator[Proposal]:
    """An assignment to the wrong place."""
    for attribute in site.attributes:
        same = attribute.strip("_") == node.id.strip("_")
        yield site.replace(node, f"self.{attribute}", "self", 0.8 if same else 0.04)
    old = site.of_kind(node.id)
    for name in site.locals:
        if name not in (node.id, "self", "cls"):
            yield site.replace(node, name, "name", 0.2 * _weight(site, old, site.of_kind(name)))


def _attribute(site: Site, node: ast.Attribute) -> Iterator[Proposal]:
    base = site.text(node.value)
    called = _is_called(site, node)
    for name in _family(node.attr):
        yield _rename(site, node, name, "method", 0.5)
    if base in ("self", "cls"):
        names = [n for n in (site.methods if called else site.attributes) if n != node.attr and not n.startswith("__")]
        old = site.of_kind(f"self.{node.attr}")
        for name in names:
            kinds = site.of_kind(f"self.{name}")
            store = 0.7 if isinstance(node.ctx, ast.Store) else 1
            yield _rename(site, node, name, "attribute", 0.35 * store * (1 if called else _weight(site, old, kinds)))
        if not called and isinstance(node.ctx, ast.Load) and node.attr in site.locals:
            yield site.replace(node, node.attr, "name", 0.3)
        if not called and isinstance(node.ctx, ast.Load):
            for name in site.locals:
                if name not in ("self", "cls", node.attr):
                    yield site.replace(node, name, "name", 0.12 * _weight(site, old, site.of_kind(name)))
        return
    for name, count in sorted(site.facts.attributes.get(base, {}).items()):
        if name != node.attr and name not in _family(node.attr):
            yield _rename(site, node, name, "attribute", 0.4 if count > 1 else 0.3)
    if not called:
        for cls in site.facts.classes.values():
            for name in _fields(cls):
                if name != node.attr:
                    yield _rename(site, node, name, "attribute", 0.15)


def _fields(cls: ast.ClassDef) -> list[str]:
    from .scope import self_attributes

    return self_attributes(cls)


def _rename(site: Site, node: ast.Attribute, name: str, kind: str, prior: float) -> Proposal:
    _, end = site.source.span(node)
    note = f"uses `.{name}` instead of `.{node.attr}`"
    return site.splice(end - len(node.attr.encode()), end, name, kind, prior, note)


def _missing(site: Site, node: ast.Name) -> Iterator[Proposal]:
    """Names the failing tests report as undefined."""
    if node.id not in site.symptoms.missing_names:
        return
    if node.id in site.attributes or node.id in site.methods:
        yield site.replace(node, f"self.{node.id}", "self", 1.0)
    for line in import_lines(node.id):
        yield _import(site, line)
    for name in [*site.locals, *sorted(site.facts.names)]:
        if name != node.id and (name in node.id or node.id in name or sorted(name) == sorted(node.id)):
            yield site.replace(node, name, "name", 0.9)


def import_lines(name: str) -> list[str]:
    lines = [f"import {name}"] if name in MODULES else []
    return lines + [f"from {module} import {name}" for module, names in KNOWN_IMPORTS.items() if name in names]


def _import(site: Site, line: str) -> Proposal:
    """After the docstring and any `__future__` import."""
    at = 0
    for statement in site.source.tree.body:
        docstring = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (docstring or future):
            break
        at = site.source.block_span(statement)[1]
    return site.splice(at, at, line + "\n", "import", 1.0, f"adds the missing `{line}`")
