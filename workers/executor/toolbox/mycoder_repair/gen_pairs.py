"""Edits of two places that belong together: a row of indices, tuples that are compared, branches that agree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .edit import Splice
from .site import Proposal, Site


def propose(site: Site) -> Iterator[Proposal]:
    yield from _shifted_indices(site)
    for node in site.nodes:
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            yield from _compared_tuples(site, node.left, node.comparators[0])
        elif isinstance(node, ast.IfExp):
            yield from _same_branches(site, node)


def _shifted_indices(site: Site) -> Iterator[Proposal]:
    """`xs[i] + xs[i + 1]` that should be `xs[i - 1] + xs[i]`, or the other way round."""
    rows: dict[tuple[str, str], list[tuple[ast.expr, int]]] = {}
    for node in site.nodes:
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            name, offset = _position(node.slice)
            if name:
                rows.setdefault((site.text(node.value), name), []).append((node.slice, offset))
    for (base, name), places in rows.items():
        if len({offset for _, offset in places}) < 2:
            continue
        for by in (-1, 1):
            splices = tuple(Splice(*site.source.span(node), _at(name, offset + by).encode()) for node, offset in places)
            yield Proposal(splices, "index", 0.4, f"moves the indices of `{base}` by {by}")


def _position(index: ast.expr) -> tuple[str, int]:
    """A variable and how far from it; an empty name for anything else."""
    if isinstance(index, ast.Name):
        return index.id, 0
    if isinstance(index, ast.BinOp) and isinstance(index.left, ast.Name) and isinstance(index.right, ast.Constant):
        value = index.right.value
        if type(value) is int and isinstance(index.op, (ast.Add, ast.Sub)):
            return index.left.id, value if isinstance(index.op, ast.Add) else -value
    return "", 0


def _at(name: str, offset: int) -> str:
    return name if not offset else f"{name} {'+' if offset > 0 else '-'} {abs(offset)}"


def _compared_tuples(site: Site, left: ast.expr, right: ast.expr) -> Iterator[Proposal]:
    """`(a.x, a.y) < (b.x, b.y)` with the less important part first."""
    if not (isinstance(left, ast.Tuple) and isinstance(right, ast.Tuple) and len(left.elts) == len(right.elts)):
        return
    for at in range(len(left.elts) - 1):
        splices = []
        for side in (left, right):
            first, second = side.elts[at], side.elts[at + 1]
            splices.append(Splice(*site.source.span(first), site.text(second).encode()))
            splices.append(Splice(*site.source.span(second), site.text(first).encode()))
        yield Proposal(tuple(splices), "order", 0.5, "compares the parts in another order")


def _same_branches(site: Site, node: ast.IfExp) -> Iterator[Proposal]:
    """`x if c else x` was meant to make a difference."""
    text = site.text(node.body)
    if text == site.text(node.orelse):
        opposite = {"True": "False", "False": "True"}.get(text, f"-{text}")
        for branch in (node.orelse, node.body):
            yield site.replace(branch, opposite, "negate", 0.6 if branch is node.orelse else 0.5)
