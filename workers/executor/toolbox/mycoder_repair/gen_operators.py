"""Wrong operators: arithmetic, comparison, boolean, bit, augmented; swapped and superfluous operands."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .edit import Splice
from .site import Proposal, Site

Alternatives = dict[str, list[tuple[str, float]]]

ARITH: Alternatives = {
    "+": [("-", 0.9), ("*", 0.25)],
    "-": [("+", 0.9), ("*", 0.15)],
    "*": [("+", 0.3), ("/", 0.4), ("//", 0.25), ("**", 0.3), ("-", 0.15)],
    "/": [("//", 0.9), ("*", 0.5), ("%", 0.2), ("-", 0.1)],
    "//": [("/", 0.9), ("%", 0.5), ("*", 0.2)],
    "%": [("//", 0.5), ("/", 0.3), ("*", 0.15), ("-", 0.1)],
    "**": [("*", 0.7), ("//", 0.1)],
    "&": [("|", 0.8), ("^", 0.5), ("-", 0.2)],
    "|": [("&", 0.8), ("^", 0.5), ("-", 0.15)],
    "^": [("&", 0.7), ("|", 0.7), ("**", 0.4)],
    "<<": [(">>", 0.9)],
    ">>": [("<<", 0.9)],
    "@": [("*", 0.5)],
}
COMPARE: Alternatives = {
    "<": [("<=", 1.0), (">", 0.6), (">=", 0.45), ("!=", 0.3), ("==", 0.15)],
    "<=": [("<", 1.0), (">=", 0.6), (">", 0.45), ("==", 0.3), ("!=", 0.15)],
    ">": [(">=", 1.0), ("<", 0.6), ("<=", 0.45), ("!=", 0.3), ("==", 0.15)],
    ">=": [(">", 1.0), ("<=", 0.6), ("<", 0.45), ("==", 0.3), ("!=", 0.15)],
    "==": [("!=", 0.9), (">=", 0.3), ("<=", 0.3), ("in", 0.15), ("is", 0.1), (">", 0.1), ("<", 0.1)],
    "!=": [("==", 0.9), (">", 0.2), ("<", 0.2), ("not in", 0.15), ("is not", 0.1)],
    "is not": [("is", 0.9), ("!=", 0.3)],
    "is": [("is not", 0.9), ("==", 0.3)],
    "not in": [("in", 0.9)],
    "in": [("not in", 0.9), ("==", 0.2)],
}
AUGMENTED: Alternatives = {
    "+=": [("-=", 0.9), ("=", 0.4), ("*=", 0.3)],
    "-=": [("+=", 0.9), ("=", 0.3)],
    "*=": [("+=", 0.3), ("/=", 0.4), ("//=", 0.25), ("**=", 0.2), ("=", 0.2)],
    "/=": [("//=", 0.9), ("*=", 0.4), ("=", 0.1)],
    "//=": [("/=", 0.9), ("%=", 0.3), ("*=", 0.2), ("-=", 0.2)],
    "%=": [("//=", 0.4), ("=", 0.2)],
    "&=": [("|=", 0.8), ("^=", 0.5), ("-=", 0.3)],
    "|=": [("&=", 0.8), ("^=", 0.5), ("=", 0.3)],
    "^=": [("&=", 0.7), ("|=", 0.6)],
    ">>=": [("<<=", 0.9)],
    "<<=": [(">>=", 0.9)],
    "**=": [("*=", 0.7)],
}
NOT_COMMUTATIVE = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift)


def propose(site: Site) -> Iterator[Proposal]:
    for node in site.nodes:
        if isinstance(node, ast.BinOp):
            yield from _binary(site, node)
        elif isinstance(node, ast.Compare):
            yield from _compare(site, node)
        elif isinstance(node, ast.BoolOp):
            yield from _boolean(site, node)
        elif isinstance(node, ast.UnaryOp):
            yield from _unary(site, node)
    if isinstance(site.statement, ast.AugAssign):
        yield from _augmented(site, site.statement)
    if isinstance(site.statement, ast.Assign):
        yield from _accumulate(site, site.statement)


def _between(site: Site, left: ast.AST, right: ast.AST, operators: Alternatives) -> tuple[int, int, str] | None:
    """Where the operator between two operands is written; longer spellings first."""
    _, start = site.source.span(left)
    end, _ = site.source.span(right)
    gap = site.source.data[start:end].decode("utf-8")
    if "#" in gap:
        return None
    for operator in sorted(operators, key=len, reverse=True):
        at = gap.find(operator)
        if at >= 0:
            begin = start + len(gap[:at].encode())
            return begin, begin + len(operator), operator
    return None


def _binary(site: Site, node: ast.BinOp) -> Iterator[Proposal]:
    place = _between(site, node.left, node.right, ARITH)
    if place is None:
        return
    begin, end, operator = place
    if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
        return
    for new, prior in ARITH[operator]:
        kind = "division" if {operator, new} == {"/", "//"} else "arith"
        yield site.splice(begin, end, new, kind, prior, f"uses `{new}` instead of `{operator}`")
    left, right = site.text(node.left), site.text(node.right)
    if isinstance(node.op, NOT_COMMUTATIVE):
        literal = isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
        yield _swap(site, node.left, node.right, "swap", 0.12 if literal else 0.4)
    yield site.replace_tight(node, left, "arith", 0.2)
    yield site.replace_tight(node, right, "arith", 0.15)
    yield from _regroup(site, node)


def _regroup(site: Site, node: ast.BinOp) -> Iterator[Proposal]:
    """Brackets added or taken away."""
    gap_end, _ = site.source.span(node.right)
    _, gap_start = site.source.span(node.left)
    bare = b"(" not in site.source.data[gap_start:gap_end] and b")" not in site.source.data[gap_start:gap_end]
    if bare and isinstance(node.right, ast.BinOp):
        start, _ = site.source.span(node.left)
        _, middle = site.source.span(node.right.left)
        yield _brackets(site, start, middle, 0.3)
    if bare and isinstance(node.left, ast.BinOp):
        middle, _ = site.source.span(node.left.right)
        _, end = site.source.span(node.right)
        yield _brackets(site, middle, end, 0.3)
    for side in (node.left, node.right):
        start, end = site.source.span(side)
        data = site.source.data
        if isinstance(side, ast.BinOp) and data[start - 1 : start] == b"(" and data[end : end + 1] == b")":
            yield site.splice(start - 1, end + 1, data[start:end].decode(), "arith", 0.3, "removes a pair of brackets")


def _brackets(site: Site, start: int, end: int, prior: float) -> Proposal:
    text = site.source.data[start:end].decode()
    return site.splice(start, end, f"({text})", "arith", prior, f"puts `{text}` in brackets")


def _swap(site: Site, first: ast.AST, second: ast.AST, kind: str, prior: float) -> Proposal:
    a, b = site.source.span(first), site.source.span(second)
    splices = (Splice(*a, site.text(second).encode()), Splice(*b, site.text(first).encode()))
    return Proposal(splices, kind, prior, f"swaps `{site.text(first)}` and `{site.text(second)}`")


def _compare(site: Site, node: ast.Compare) -> Iterator[Proposal]:
    operands = [node.left, *node.comparators]
    for left, right in zip(operands, operands[1:]):
        place = _between(site, left, right, COMPARE)
        if place is None:
            continue
        begin, end, operator = place
        unordered = (site.kinds_of(left) | site.kinds_of(right)) & {"str", "dict", "NoneType", "bool"}
        for new, prior in COMPARE[operator]:
            if unordered and operator in ("==", "!=") and new[0] in "<>":
                prior *= 0.1
            yield site.splice(begin, end, new, "compare", prior, f"compares with `{new}` instead of `{operator}`")
    if len(node.comparators) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        yield _swap(site, node.left, node.comparators[0], "swap", 0.2)


def _boolean(site: Site, node: ast.BoolOp) -> Iterator[Proposal]:
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    places = [_between(site, a, b, {old: []}) for a, b in zip(node.values, node.values[1:])]
    for place in places:
        if place is not None:
            yield site.splice(place[0], place[1], new, "bool", 0.8, f"joins with `{new}` instead of `{old}`")
    if len(node.values) > 2 and all(places):
        splices = tuple(Splice(p[0], p[1], new.encode()) for p in places if p)
        yield Proposal(splices, "bool", 0.3, f"joins everything with `{new}`")
    for index, value in enumerate(node.values):
        rest = [site.text(v) for k, v in enumerate(node.values) if k != index]
        prior = 0.25 if len(node.values) == 2 else 0.2
        yield site.replace_tight(node, f" {old} ".join(rest), "condition", prior, f"drops `{site.text(value)}`")
    yield from _group_and(site, node)


def _group_and(site: Site, node: ast.BoolOp) -> Iterator[Proposal]:
    """`a and b or c` becomes `a and (b or c)`, and the mirror image."""
    if not isinstance(node.op, ast.Or):
        return
    for first, second in zip(node.values, node.values[1:]):
        if isinstance(first, ast.BoolOp) and isinstance(first.op, ast.And):
            start, _ = site.source.span(first.values[-1])
            end = _closed(site, second)
            yield _brackets(site, start, end, 0.5)
        if isinstance(second, ast.BoolOp) and isinstance(second.op, ast.And):
            start, _ = site.source.span(first)
            _, end = site.source.span(second.values[0])
            yield _brackets(site, start, end, 0.4)


def _closed(site: Site, node: ast.AST) -> int:
    """End of an operand including the brackets that close right after it."""
    start, end = site.source.span(node)
    data = site.source.data
    while data[start - 1 : start] == b"(" and data[end : end + 1] == b")":
        start, end = start - 1, end + 1
    return end


def _unary(site: Site, node: ast.UnaryOp) -> Iterator[Proposal]:
    inner = site.text(node.operand)
    if isinstance(node.op, ast.Not):
        yield site.replace_tight(node, inner, "condition", 0.65)
    elif isinstance(node.op, ast.USub):
        yield site.replace(node, inner, "negate", 0.4)


def _augmented(site: Site, node: ast.AugAssign) -> Iterator[Proposal]:
    place = _between(site, node.target, node.value, AUGMENTED)
    if place is None:
        return
    begin, end, operator = place
    for new, prior in AUGMENTED[operator]:
        kind = "division" if {operator, new} == {"/=", "//="} else "augmented"
        yield site.splice(begin, end, new, kind, prior, f"uses `{new}` instead of `{operator}`")
    kinds = site.kinds_of(node.target)
    for name in site.locals:
        if site.of_kind(name) & kinds and name != site.text(node.target):
            yield site.replace(node, f"{site.text(node.target)} = {name}", "augmented", 0.15)


def _accumulate(site: Site, node: ast.Assign) -> Iterator[Proposal]:
    """`x = y` that should add to x."""
    target = node.targets[0]
    if len(node.targets) != 1 or isinstance(target, (ast.Tuple, ast.List)):
        return
    _, start = site.source.span(target)
    end, _ = site.source.span(node.value)
    numbers = site.kinds_of(target) & {"int", "float", "Decimal", "str", "list"}
    known = 0.5 if numbers else 0.15
    for operator, prior in ((" += ", known), (" -= ", known / 2)):
        yield site.splice(start, end, operator, "augmented", prior, f"uses `{operator.strip()}` instead of `=`")
    if isinstance(target, ast.Subscript):
        base, key = site.text(target.value), site.text(target.slice)
        for default in ("0", '""', "[]"):
            text = f"{base}.get({key}, {default}) + {site.text(node.value)}"
            yield site.replace(node.value, text, "augmented", 0.25 if default == "0" else 0.08)
