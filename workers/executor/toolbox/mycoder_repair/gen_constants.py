"""Wrong literals: numbers, flags, strings, and sums that are off by one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .site import Proposal, Site

SHORT_STRINGS = ["", " ", ",", ", ", "-", "_", "__", ".", ":", "/", "\n", ";"]
NEGATABLE_PARENTS = (ast.Return, ast.Lambda, ast.Slice, ast.Call, ast.Assign, ast.Subscript, ast.IfExp)
SCALE_SHARE = 0.3
NUMERIC = {"int", "float", "Decimal", "Fraction"}


def propose(site: Site) -> Iterator[Proposal]:
    for node in site.nodes:
        if isinstance(node, ast.Constant):
            yield from _constant(site, node)
            if not isinstance(site.parent(node), (ast.Expr, ast.JoinedStr)):
                yield from _to_name(site, node)
        elif isinstance(node, ast.IfExp):
            yield from _if_expression(site, node)
        yield from _off_by_one(site, node)
        yield from _negate(site, node)
        yield from _empty(site, node)


def _constant(site: Site, node: ast.Constant) -> Iterator[Proposal]:
    value = node.value
    if isinstance(value, bool):
        yield site.replace(node, str(not value), "flag", 0.8)
    elif isinstance(value, (int, float)):
        yield from _number(site, node, value)
    elif isinstance(value, str) and isinstance(site.parent(node), (ast.Expr, ast.JoinedStr)):
        return
    elif isinstance(value, str):
        yield from _string(site, node, value)
    elif value is None:
        yield from (site.replace(node, text, "constant", 0.1) for text in ("0", "[]", "{}", '""', "False", "True"))


def _to_name(site: Site, node: ast.Constant) -> Iterator[Proposal]:
    """A literal where a variable or a named constant belongs; above all a parameter nobody reads."""
    kinds = {type(node.value).__name__}
    read = {n.id for n in ast.walk(site.function or site.statement) if isinstance(n, ast.Name)}
    for name in site.locals:
        if name not in ("self", "cls"):
            match = 1.0 if site.of_kind(name) & kinds else 0.3
            yield site.replace(node, name, "name", 0.12 * match if name in read else 0.6)
    for name in sorted(site.facts.names - site.facts.imported - set(site.facts.functions) - set(site.facts.classes)):
        yield site.replace(node, name, "name", 0.12)
    for attribute in site.attributes:
        if site.of_kind(f"self.{attribute}") & kinds:
            yield site.replace(node, f"self.{attribute}", "name", 0.1)


def _number(site: Site, node: ast.Constant, value: int | float) -> Iterator[Proposal]:
    index = isinstance(site.parent(node), (ast.Subscript, ast.Slice))
    kind = "index" if index else "off-by-one"
    options: dict[int | float, float] = {}
    if isinstance(value, int):
        options = {value + 1: 0.6, value - 1: 0.6, 0: 0.3, 1: 0.3, -value: 0.3, 2: 0.1}
        options.update({value * 10: 0.15, value * 2: 0.1})
        if value % 10 == 0:
            options[value // 10] = 0.15
        if value % 2 == 0:
            options[value // 2] = 0.1
    else:
        options = {
            value * 10: 0.2,
            value / 10: 0.2,
            -value: 0.2,
            0.0: 0.2,
            1.0: 0.2,
            value * 100: 0.15,
            value / 100: 0.15,
        }
        options.update({value + 1: 0.2, value - 1: 0.2, 0.5: 0.1})
    for number in site.facts.ints[:25]:
        options.setdefault(number, 0.12)
    for number in site.test_ints[:25]:
        options.setdefault(number, 0.04)
    for new, prior in options.items():
        if new == value or (
            new < 0 and not isinstance(site.parent(node), (ast.Call, ast.Subscript, ast.Slice, ast.Return))
        ):
            continue
        near = isinstance(value, int) and abs(new - value) == 1
        prior = prior * SCALE_SHARE if _is_scale(site, node) else prior
        yield site.replace(node, repr(new), kind if near else "constant", prior)


def _is_scale(site: Site, node: ast.Constant) -> bool:
    """Halves, pairs and percentages: such a factor is seldom off by one."""
    parent = site.parent(node)
    factor = isinstance(parent, ast.BinOp) and isinstance(
        parent.op, (ast.Div, ast.FloorDiv, ast.Mod, ast.Mult, ast.Pow)
    )
    return factor and node.value in (2, 10, 100, 1000)


def _string(site: Site, node: ast.Constant, value: str) -> Iterator[Proposal]:
    options: dict[str, float] = {}
    for text in (
        value.lower(),
        value.upper(),
        value.strip(),
        value + " ",
        " " + value,
        value * 2,
        value[:-1],
        value[1:],
    ):
        options.setdefault(text, 0.15)
    if len(value) <= 2:
        for text in SHORT_STRINGS:
            options.setdefault(text, 0.1)
    for text in site.facts.strings[:30]:
        options.setdefault(text, 0.2 if _alike(text, value) else 0.06)
    for text in site.test_strings[:60]:
        options.setdefault(text, 0.3 if _alike(text, value) and len(value) > 2 else 0.01)
    quote = site.text(node)[-1]
    for text, prior in options.items():
        if text != value and prior > 0.02:
            yield site.replace(node, _quoted(text, quote), "string", prior)


def _quoted(text: str, quote: str) -> str:
    plain = repr(text)
    return f'"{plain[1:-1]}"' if quote == '"' and plain[0] == "'" and '"' not in text else plain


def _alike(first: str, second: str) -> bool:
    """Nearly the same spelling: at most two characters apart and something in common."""
    if abs(len(first) - len(second)) > 2 or not first or not second:
        return False
    same = sum(a == b for a, b in zip(first, second))
    back = sum(a == b for a, b in zip(first[::-1], second[::-1]))
    return max(same, back) >= max(len(first), len(second)) - 2 and max(same, back) > 0


def _if_expression(site: Site, node: ast.IfExp) -> Iterator[Proposal]:
    body, test, orelse = site.text(node.body), site.text(node.test), site.text(node.orelse)
    yield site.replace(node, f"{orelse} if {test} else {body}", "condition", 0.6, "swaps the two branches")
    yield site.replace_tight(node, body, "condition", 0.1)
    yield site.replace_tight(node, orelse, "condition", 0.1)


def _off_by_one(site: Site, node: ast.expr) -> Iterator[Proposal]:
    """Adds or subtracts one where a position or a count is written."""
    if isinstance(node, ast.Constant) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.BinOp)):
        return
    kinds = site.kinds_of(node)
    if kinds and not kinds & NUMERIC:
        return
    prior = _position_prior(site, node)
    if prior:
        text = site.text(node)
        for sign in "+-":
            yield site.replace_tight(
                node, f"{text} {sign} 1", "off-by-one", prior, f"{'adds' if sign == '+' else 'subtracts'} one"
            )


def _position_prior(site: Site, node: ast.expr) -> float:
    parent = site.parent(node)
    if isinstance(parent, ast.Slice) or (isinstance(parent, ast.Subscript) and node is parent.slice):
        return 0.4
    if isinstance(parent, ast.Call):
        name = parent.func.id if isinstance(parent.func, ast.Name) else ""
        return 0.6 if name == "range" else 0.06 if node is not parent.func else 0
    if isinstance(parent, (ast.Compare, ast.Return, ast.Assign)):
        return 0.15
    return 0.04 if isinstance(parent, ast.BinOp) else 0


def _negate(site: Site, node: ast.expr) -> Iterator[Proposal]:
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.Constant)):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or isinstance(site.parent(node), ast.UnaryOp):
        return
    kinds = site.kinds_of(node)
    if kinds and not kinds & NUMERIC:
        return
    parent = site.parent(node)
    if isinstance(parent, ast.Tuple) and any(isinstance(p, ast.Lambda) for p in (site.source.parents.get(parent),)):
        yield site.replace(node, f"-{site.text(node)}", "negate", 0.5)
    elif isinstance(parent, NEGATABLE_PARENTS) and node is not _head(parent):
        yield site.replace(node, f"-{site.text(node)}", "negate", 0.12)


def _head(parent: ast.AST) -> ast.AST | None:
    """What a call calls, or what a subscript reads from."""
    if isinstance(parent, ast.Call):
        return parent.func
    return parent.value if isinstance(parent, ast.Subscript) else None


def _empty(site: Site, node: ast.expr) -> Iterator[Proposal]:
    """One empty container or neutral value for another."""
    text = site.text(node).replace(" ", "") if isinstance(node, (ast.List, ast.Dict)) else ""
    if text in ("[]", "{}"):
        for new in ("[]", "{}", "set()", "0", "None", '""', "()"):
            if new != text:
                yield site.replace(node, new, "constant", 0.12)
