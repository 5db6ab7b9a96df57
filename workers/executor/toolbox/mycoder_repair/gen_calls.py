"""Arguments in the wrong order, missing or superfluous; missing or superfluous calls around a value."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .edit import Splice
from .scope import parameters
from .site import Proposal, Site
from .source import FunctionNode

WRAPPERS: dict[str, list[str]] = {
    "int": ["abs({})", "str({})", "float({})"],
    "float": ["round({})", "int({})", "abs({})", "round({}, 2)", "str({})"],
    "Decimal": ["round({}, 2)", "abs({})", "int({})", "float({})"],
    "str": [
        "{}.strip()",
        "{}.lower()",
        "{}.upper()",
        "int({})",
        "float({})",
        "len({})",
        "{}.split()",
        "{}.title()",
        "{}.rstrip()",
        "{}.lstrip()",
        "repr({})",
        "list({})",
        "{}[::-1]",
        "{}.capitalize()",
    ],
    "list": [
        "list({})",
        "sorted({})",
        "len({})",
        "{}[:]",
        "set({})",
        "tuple({})",
        "list(reversed({}))",
        "sum({})",
        "{}.copy()",
        "max({})",
        "min({})",
        "sorted({}, reverse=True)",
    ],
    "tuple": ["sorted({})", "list({})", "len({})", "set({})", "tuple(reversed({}))"],
    "dict": ["dict({})", "list({})", "sorted({})", "{}.copy()", "{}.items()", "{}.values()", "len({})"],
    "set": ["sorted({})", "list({})", "len({})", "set({})", "{}.copy()"],
    "datetime": ["{}.date()"],
    "generator": ["list({})", "sum({})", "sorted({})"],
    "bool": ["not {}"],
    "NoneType": ["{} or []", "{} or {{}}", "{} or 0", '{} or ""'],
}
UNKNOWN = ["int({})", "str({})", "list({})", "len({})", "sorted({})", "abs({})", "bool({})", "float({})", "set({})"]
UNKNOWN += ["{}.strip()", "{}.lower()", "{}.upper()", "{}.copy()", "round({})", "list(reversed({}))"]
EXTRA_ARGUMENTS = {
    "pop": ["None", "0", "-1", "[]"],
    "get": ["0", "[]", '""', "{}", "None"],
    "enumerate": ["start=1", "1"],
    "sorted": ["reverse=True"],
    "sort": ["reverse=True"],
    "max": ["default=0", "default=None"],
    "min": ["default=0", "default=None"],
    "sum": ["0"],
    "round": ["2", "1"],
    "split": ['","', "1", '" "'],
    "next": ["None"],
    "getattr": ["None"],
    "dumps": ["sort_keys=True", "indent=2"],
    "replace": ["1"],
    "int": ["16", "2"],
    "defaultdict": ["int", "list"],
}


def propose(site: Site) -> Iterator[Proposal]:
    for node in site.nodes:
        if isinstance(node, ast.Call):
            yield from _swapped(site, node)
            yield from _fewer(site, node)
            yield from _more(site, node)
            yield from _unwrap(site, node)
            yield from _await(site, node)
        yield from _wrap(site, node)
        yield from _clamp(site, node)
        yield from _yield(site, node)


def _swapped(site: Site, node: ast.Call) -> Iterator[Proposal]:
    args = [arg for arg in node.args if not isinstance(arg, ast.Starred)]
    for i, first in enumerate(args):
        for j, second in enumerate(args[i + 1 :], start=i + 1):
            prior = 0.6 if j == i + 1 else 0.3
            a, b = site.source.span(first), site.source.span(second)
            splices = (Splice(*a, site.text(second).encode()), Splice(*b, site.text(first).encode()))
            note = f"swaps the arguments `{site.text(first)}` and `{site.text(second)}`"
            yield Proposal(splices, "argument", prior, note)


def _fewer(site: Site, node: ast.Call) -> Iterator[Proposal]:
    for index, arg in enumerate([*node.args, *node.keywords]):
        yield _without(site, node, index, f"drops the argument `{site.text(arg)}`")


def _without(site: Site, node: ast.Call, index: int, note: str) -> Proposal:
    everything = [*node.args, *node.keywords]
    start, end = site.source.span(everything[index])
    if index + 1 < len(everything):
        end = site.source.span(everything[index + 1])[0]
    elif index > 0:
        start = site.source.span(everything[index - 1])[1]
    return site.splice(start, end, "", "argument", 0.2, note)


def _more(site: Site, node: ast.Call) -> Iterator[Proposal]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    given = {keyword.arg for keyword in node.keywords}
    for text in EXTRA_ARGUMENTS.get(name, ()):
        if text.split("=")[0] not in given:
            yield _add(site, node, text, 0.4)
    called = site.facts.functions.get(name) or site.methods.get(name)
    if name in site.facts.classes:
        called = next((f for f in site.facts.classes[name].body if getattr(f, "name", "") == "__init__"), None)  # type: ignore[assignment]
    if called is not None:
        yield from _parameters(site, node, called, given)
    for variable in site.locals:
        if variable not in ("self", "cls") and not any(site.text(a) == variable for a in node.args):
            likely = 0.3 if _unread(site, variable) else 0.05
            yield _add(site, node, variable, likely)


def _parameters(site: Site, node: ast.Call, called: FunctionNode, given: set[str | None]) -> Iterator[Proposal]:
    names = [name for name in parameters(called) if name not in ("self", "cls")]
    for name in names[len(node.args) :]:
        if name in given:
            continue
        if name in site.locals:
            yield _add(site, node, f"{name}={name}", 0.5)
            yield _add(site, node, name, 0.4)
        elif name in site.attributes:
            yield _add(site, node, f"self.{name}", 0.4)
        for value in ("True", "False", "1", "0"):
            yield _add(site, node, f"{name}={value}", 0.06)


def _unread(site: Site, name: str) -> bool:
    if site.function is None:
        return False
    loads = (n for n in ast.walk(site.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return all(n.id != name for n in loads)


def _add(site: Site, node: ast.Call, text: str, prior: float) -> Proposal:
    _, end = site.source.span(node)
    everything = [*node.args, *node.keywords]
    note = f"passes `{text}` as well"
    if not everything:
        return site.splice(end - 1, end - 1, text, "argument", prior, note)
    if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp) and not node.keywords:
        inner = site.text(node.args[0])
        bare = inner if inner.startswith("(") else f"({inner})"
        return site.replace(node.args[0], f"({bare}, {text})", "argument", prior, note)
    _, at = site.source.span(everything[-1])
    return site.splice(at, at, f", {text}", "argument", prior, note)


def _unwrap(site: Site, node: ast.Call) -> Iterator[Proposal]:
    if isinstance(node.func, ast.Attribute):
        yield site.replace(node, site.text(node.func.value), "unwrap", 0.2)
        for arg in node.args[:1]:
            yield site.replace(node, site.text(arg), "unwrap", 0.08)
    elif node.args and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)):
        for arg in node.args:
            yield site.replace_tight(node, site.text(arg), "unwrap", 0.25 if len(node.args) == 1 else 0.15)


def _await(site: Site, node: ast.Call) -> Iterator[Proposal]:
    if isinstance(site.function, ast.AsyncFunctionDef) and not isinstance(site.parent(node), ast.Await):
        yield site.replace_tight(node, f"await {site.text(node)}", "await", 0.8, f"awaits `{site.text(node)}`")


def _wrap(site: Site, node: ast.expr) -> Iterator[Proposal]:
    if not _is_value(site, node):
        return
    kinds = site.kinds_of(node)
    templates = [t for kind in sorted(kinds) for t in WRAPPERS.get(kind.split(":")[0], ())]
    known = bool(kinds) and not isinstance(node, (ast.Constant,))
    text, parent = site.text(node), site.parent(node)
    iterated = isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is node
    for template in dict.fromkeys(templates if known else UNKNOWN):
        prior = 0.2 if known else 0.12
        if iterated:
            prior = 0.35 if template in ("sorted({})", "list({})", "reversed({})", "{}.items()") else 0.05
        new = template.format(f"({text})" if isinstance(node, (ast.BinOp, ast.BoolOp)) and template[0] == "{" else text)
        yield (
            site.replace_tight(node, new, "wrap", prior)
            if " " in new.split("(")[0]
            else site.replace(node, new, "wrap", prior)
        )
    if iterated:
        yield site.replace(node, f"reversed({text})", "order", 0.3)
        yield site.replace(node, f"{text}[1:]", "slice", 0.15)
        yield site.replace(node, f"{text}[:-1]", "slice", 0.15)


def _is_value(site: Site, node: ast.expr) -> bool:
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.BinOp, ast.GeneratorExp, ast.IfExp)):
        return isinstance(node, (ast.ListComp, ast.Await))
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        return False
    parent = site.parent(node)
    if isinstance(parent, ast.Call):
        return parent.func is not node
    if isinstance(parent, ast.Attribute):
        return not isinstance(node, ast.Name) or node.id not in ("self", "cls")
    return not isinstance(parent, (ast.Expr, ast.JoinedStr, ast.FormattedValue))


def _clamp(site: Site, node: ast.expr) -> Iterator[Proposal]:
    """`x` that should be limited by another value of the same function."""
    if not isinstance(node, (ast.Name, ast.BinOp, ast.Attribute)) or site.function is None:
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or not _is_value(site, node):
        return
    kinds = site.kinds_of(node)
    parent = site.parent(node)
    if (kinds and not kinds & {"int", "float", "Decimal", "date", "datetime", "str"}) or isinstance(
        parent, (ast.BinOp, ast.Compare)
    ):
        return
    text = site.text(node)
    others = {
        site.text(o) for o in ast.walk(site.function) if isinstance(o, (ast.Subscript, ast.Attribute)) and _loaded(o)
    }
    others |= {name for name in site.locals if site.of_kind(name) & {"int", "float"}}
    if isinstance(site.statement, ast.Assign) and site.statement.value is node:
        target = site.text(site.statement.targets[0])
        yield from (site.replace(node, f"{f}({target}, {text})", "wrap", 0.25) for f in ("max", "min"))
    yield from (site.replace(node, f"{f}(0, {text})", "wrap", 0.1) for f in ("max", "min"))
    for other in sorted(others - {text})[:12]:
        yield from (site.replace(node, f"{f}({other}, {text})", "wrap", 0.05) for f in ("max", "min"))


def _loaded(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Load)


def _yield(site: Site, node: ast.expr) -> Iterator[Proposal]:
    if isinstance(node, ast.Yield) and node.value is not None:
        yield site.replace(node, f"yield from {site.text(node.value)}", "yield", 0.7)
    elif isinstance(node, ast.YieldFrom):
        yield site.replace(node, f"yield {site.text(node.value)}", "yield", 0.6)
    elif isinstance(node, ast.Await):
        yield site.replace(node, site.text(node.value), "await", 0.3)
