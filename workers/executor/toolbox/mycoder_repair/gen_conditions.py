"""Conditions that are missing, inverted, too weak or too strong, and guards before a statement."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from .edit import Splice
from .scope import parameters
from .site import Proposal, Site
from .source import own_nodes

NUMBERS = {"int", "float", "Decimal"}
CONTAINERS = {"list", "dict", "set", "tuple", "str", "deque", "bytes"}


def propose(site: Site) -> Iterator[Proposal]:
    test = getattr(site.statement, "test", None)
    if isinstance(site.statement, (ast.If, ast.While)) and isinstance(test, ast.expr):
        yield from _test(site, test)
    for node in site.nodes:
        if isinstance(node, ast.IfExp):
            yield from _negated(site, node.test, 0.5)
        elif isinstance(node, ast.ListComp):
            yield from _filter(site, node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod)):
            yield from _division(site, node)
    if isinstance(site.statement, ast.Return) and isinstance(site.statement.value, (ast.Compare, ast.BoolOp)):
        yield from _stronger(site, site.statement.value, 0.3)
        yield from _negated(site, site.statement.value, 0.4)
    if site.function is not None and site.source.starts_its_line(site.statement):
        yield from _guards(site)
        yield from _raises(site)
        yield from _under_condition(site)


def _test(site: Site, test: ast.expr) -> Iterator[Proposal]:
    if not isinstance(test, ast.Compare):
        yield from _negated(site, test, 0.6)
    yield from _stronger(site, test, 0.12)
    if isinstance(test, ast.Name):
        yield site.replace(test, f"{test.id} is not None", "condition", 0.3)
    if isinstance(test, ast.UnaryOp) and isinstance(test.operand, ast.Name):
        yield site.replace(test, f"{test.operand.id} is None", "condition", 0.3)


def _negated(site: Site, test: ast.expr, prior: float) -> Iterator[Proposal]:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return
    text = site.text(test)
    simple = isinstance(test, (ast.Name, ast.Attribute, ast.Call, ast.Subscript))
    yield site.replace_tight(
        test, f"not {text}" if simple else f"not ({text})", "condition", prior, "inverts the condition"
    )


def _stronger(site: Site, test: ast.expr, prior: float) -> Iterator[Proposal]:
    """One more condition, joined with `and` or `or`."""
    text = site.text(test)
    bracketed = f"({text})" if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) else text
    boolean = isinstance(site.statement, ast.Return)
    for condition, weight in _conditions(site):
        if condition in text:
            continue
        bare = condition.isidentifier() or condition.replace(".", "").isidentifier()
        left = f"bool({condition})" if boolean and bare else condition
        bonus = 1.5 if bare and condition in text.replace(" ", "") else 1.0
        yield site.replace_tight(test, f"{left} and {bracketed}", "condition", prior * weight * bonus)
        yield site.replace_tight(test, f"{text} or {left}", "condition", prior * weight * 0.5)


def _conditions(site: Site) -> Iterator[tuple[str, float]]:
    """Conditions on what the statement mentions first, then on the other variables."""
    mentioned = _mentioned(site.statement, site)
    others = [n for n in site.locals if n not in mentioned and n not in ("self", "cls")]
    for rank, names in ((1.0, mentioned), (0.3, others)):
        for name in names:
            for condition, weight in _about(site, name):
                yield condition, weight * rank
    for text in _existing(site):
        yield text, 0.6


def _mentioned(statement: ast.stmt, site: Site) -> list[str]:
    names: dict[str, None] = {}
    for node in own_nodes(statement):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names.setdefault(site.text(node))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in site.locals:
            names.setdefault(node.id)
    return [n for n in names if n not in ("self", "cls")]


def _about(site: Site, name: str) -> Iterator[tuple[str, float]]:
    kinds = site.of_kind(name) if "." not in name or name.startswith("self.") else set()
    if not kinds or kinds & CONTAINERS or "bool" in kinds:
        yield name, 0.6
        yield f"not {name}", 0.6
    if "NoneType" in kinds or not kinds or len(kinds) > 1:
        yield f"{name} is not None", 0.6
        yield f"{name} is None", 0.6
    if not kinds or kinds & NUMBERS:
        for comparison in ("> 0", "<= 0", "< 0", "== 0", ">= 0", "!= 0", "> 1"):
            yield f"{name} {comparison}", 0.35


def _existing(site: Site) -> list[str]:
    """Comparisons other statements of the function make."""
    if site.function is None:
        return []
    found: dict[str, None] = {}
    for node in ast.walk(site.function):
        if isinstance(node, ast.Compare) and getattr(node, "lineno", 0) != site.statement.lineno:
            found.setdefault(site.text(node))
    return [text for text in found if "\n" not in text][:8]


def _filter(site: Site, node: ast.ListComp) -> Iterator[Proposal]:
    last = node.generators[-1]
    if not isinstance(last.target, ast.Name):
        return
    _, end = site.source.span(last.ifs[-1] if last.ifs else last.iter)
    joint = "and" if last.ifs else "if"
    for condition in (last.target.id, f"{last.target.id} is not None", f"{last.target.id} > 0"):
        yield site.splice(end, end, f" {joint} {condition}", "condition", 0.15, f"keeps only items with `{condition}`")
    if last.ifs:
        for test in last.ifs:
            yield from _negated(site, test, 0.3)


def _division(site: Site, node: ast.BinOp) -> Iterator[Proposal]:
    if "ZeroDivisionError" not in site.symptoms.exceptions:
        return
    text, divisor = site.text(node), site.text(node.right)
    test = divisor[1:-1] if divisor.startswith("(") and divisor.endswith(")") else divisor
    for default in ("0.0", "0"):
        new = f"{_whole(site, node, text)} if {test} else {default}"
        yield site.replace_tight(node, new, "guard", 0.3, f"gives {default} where `{test}` is zero")


def _whole(site: Site, node: ast.BinOp, text: str) -> str:
    return text if text.count("(") == text.count(")") else f"({text})"


def _guards(site: Site) -> Iterator[Proposal]:
    """`if not x: return ...` before the statement, where a crash or an endless loop calls for it."""
    symptoms, function = site.symptoms, site.function
    if function is None or not (symptoms.crashes or "none" in symptoms.relations):
        return
    looping = any(isinstance(p, (ast.For, ast.While)) for p in _ancestors(site))
    for condition, weight in _guard_conditions(site):
        for value, likely in _return_values(site):
            line = f"return {value}".strip()
            yield site.insert_before(
                site.statement, [f"if {condition}:", f"    {line}"], "guard", 0.3 * weight * likely
            )
        if looping:
            yield site.insert_before(site.statement, [f"if {condition}:", "    continue"], "guard", 0.25 * weight)


def _guard_conditions(site: Site) -> Iterator[tuple[str, float]]:
    mentioned = _mentioned(site.statement, site)
    for name in mentioned:
        tags = site.kinds.get(name, set())
        kinds = site.of_kind(name)
        if any(tag.endswith(":empty") for tag in tags) or not kinds or kinds & {"deque", "generator"}:
            yield f"not {name}", 1.0
        if "NoneType" in kinds:
            yield f"{name} is None", 1.2
        if kinds & NUMBERS:
            for comparison in ("== 0", "<= 0", "<= 1", "< 0"):
                yield f"{name} {comparison}", 0.4
    numbers = [n for n in [*mentioned, *site.locals] if site.of_kind(n) & NUMBERS]
    for first in dict.fromkeys(numbers):
        for second in dict.fromkeys(numbers):
            if first < second:
                yield f"{first} == {second}", 0.3


def _return_values(site: Site) -> Iterator[tuple[str, float]]:
    """Values the function returns elsewhere come first."""
    assert site.function is not None  # noqa: S101
    values: dict[str, float] = {}
    for node in ast.walk(site.function):
        if isinstance(node, ast.Return) and isinstance(node.value, (ast.Constant, ast.List, ast.Dict, ast.Name)):
            values.setdefault(site.text(node.value), 1.0)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.ListComp):
            source = site.text(node.value.generators[0].iter)
            for default in ("0.0", "0", "None"):
                values.setdefault(f"[{default}] * len({source})", 0.5)
            values.setdefault("[]", 0.9)
    if _is_generator(site):
        yield "", 1.0
        return
    for value, weight in (
        ("None", 0.8),
        ("0", 0.7),
        ("[]", 0.5),
        ("0.0", 0.4),
        ("False", 0.4),
        ('""', 0.4),
        ("{}", 0.3),
        ("1", 0.3),
        ("True", 0.2),
    ):
        values.setdefault(value, weight)
    for name in parameters(site.function):
        if name not in ("self", "cls"):
            values.setdefault(name, 0.3)
    yield from values.items()


def _is_generator(site: Site) -> bool:
    assert site.function is not None  # noqa: S101
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(site.function))


def _ancestors(site: Site) -> Iterator[ast.AST]:
    node = site.source.parents.get(site.statement)
    while node is not None and node is not site.function:
        yield node
        node = site.source.parents.get(node)


def _raises(site: Site) -> Iterator[Proposal]:
    """`raise` what a test waits for, at the start of the function or before its last return."""
    function = site.function
    if function is None or not site.symptoms.wanted_exceptions:
        return
    if site.statement not in (function.body[0], function.body[-1]) and not isinstance(site.statement, ast.Return):
        return
    for exception in site.symptoms.wanted_exceptions:
        if exception not in site.facts.names and not hasattr(builtins, exception):
            continue
        for condition, weight in _raise_conditions(site):
            lines = [f"if {condition}:", f'    raise {exception}("{_message(condition)}")']
            yield site.insert_before(site.statement, lines, "guard", 0.3 * weight)


def _raise_conditions(site: Site) -> Iterator[tuple[str, float]]:
    assert site.function is not None  # noqa: S101
    names = [n for n in site.locals if n not in ("self", "cls")]
    given = set(parameters(site.function))
    for name in names:
        kinds = site.of_kind(name)
        share = 1.0 if name in given else 0.3
        if not kinds or kinds & NUMBERS:
            for comparison, weight in (("<= 0", 0.9), ("< 0", 0.9), ("< 1", 0.4), ("== 0", 0.4)):
                yield f"{name} {comparison}", weight * share
        if not kinds or kinds & (CONTAINERS | {"NoneType"}):
            yield f"not {name}", 0.8 * share
        if "NoneType" in kinds:
            yield f"{name} is None", 0.8 * share
    sized = [n for n in names if site.of_kind(n) & CONTAINERS]
    numbers = [n for n in [*names, *(f"self.{a}" for a in site.attributes)] if site.of_kind(n) & NUMBERS]
    pairs = [(f"len({a})", f"len({b})") for a in sized for b in sized if a != b]
    yield from ((f"{a} != {b}", 0.6) for a, b in pairs)
    yield from ((f"{a} {op} {b}", 0.4) for a in numbers for b in numbers if a != b for op in (">", "<"))
    yield from ((f"{a} not in {b}", 0.3) for a in names for b in sized if a != b)
    yield from ((f"{a} in {b}", 0.3) for a in names for b in sized if a != b)


def _message(condition: str) -> str:
    return f"not allowed: {condition}".replace('"', "'")


def _under_condition(site: Site) -> Iterator[Proposal]:
    """A statement that should run only sometimes."""
    if isinstance(site.statement, (ast.Return, ast.If, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return
    if isinstance(site.statement, (ast.For, ast.While, ast.With, ast.Try)):
        return
    start, end = site.source.block_span(site.statement)
    body = site.source.data[start:end]
    indent = site.source.indent(site.statement)
    inner = b"".join(b"    " + line for line in body.splitlines(keepends=True))
    newline = site.source.newline.decode()
    for condition, weight in _conditions(site):
        text = f"{indent}if {condition}:{newline}{inner.decode()}"
        note = f"does this only under the condition `{condition}`"
        splice = Splice(start, end, text.encode())
        yield Proposal((splice,), "condition", 0.12 * weight, note)
