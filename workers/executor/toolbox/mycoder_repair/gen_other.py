"""Returns, slices, exception types, default arguments and formats."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .edit import Splice
from .scope import parameters
from .site import Proposal, Site
from .source import FUNCTIONS, FunctionNode

EXCEPTIONS = [
    "ValueError",
    "KeyError",
    "IndexError",
    "TypeError",
    "AttributeError",
    "LookupError",
    "Exception",
    "OSError",
]
EXCEPTIONS += ["ZeroDivisionError", "FileNotFoundError", "StopIteration", "RuntimeError", "NotImplementedError"]
HOLE = re.compile(r"(?<!\{)\{([^{}:!]+)((?:![rsa])?)(:[^{}]*)?\}(?!\})")


def propose(site: Site) -> Iterator[Proposal]:
    if isinstance(site.statement, ast.Return):
        yield from _return(site, site.statement)
    elif isinstance(site.statement, ast.Expr) and not isinstance(site.statement.value, ast.Constant):
        yield from _result_lost(site, site.statement)
    elif isinstance(site.statement, ast.Try):
        yield from _handlers(site, site.statement)
    elif isinstance(site.statement, ast.Raise):
        yield from _raise(site, site.statement)
    elif isinstance(site.statement, FUNCTIONS):
        yield from _defaults(site, site.statement)
    for node in site.nodes:
        if isinstance(node, ast.Subscript):
            yield from _subscript(site, node)
        elif isinstance(node, ast.JoinedStr):
            yield from _format(site, node)


def _return(site: Site, node: ast.Return) -> Iterator[Proposal]:
    if node.value is None:
        for name in site.locals:
            if name not in ("self", "cls"):
                yield site.replace(node, f"return {name}", "return", 0.3)
        return
    text = site.text(node.value)
    function = site.function
    if function is not None and any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(function)):
        yield site.replace(node, f"yield {text}", "yield", 0.8)
        yield site.replace(node, f"yield from {text}", "yield", 0.4)
    if not isinstance(node.value, ast.Name):
        for name in site.locals:
            if name not in ("self", "cls"):
                yield site.replace(node.value, name, "return", 0.12)
    if isinstance(node.value, (ast.Constant, ast.Name, ast.List, ast.Dict)):
        for value in ("None", "True", "False", "[]", "{}", "0", '""'):
            if value != text:
                yield site.replace(node.value, value, "return", 0.1)


def _result_lost(site: Site, node: ast.Expr) -> Iterator[Proposal]:
    """A value that is computed and dropped."""
    text = site.text(node.value)
    if isinstance(node.value, (ast.Yield, ast.YieldFrom, ast.Await)):
        return
    yield site.replace(node, f"return {text}", "return", 0.3)
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        yield site.replace(node, f"{site.text(node.value.func.value)} = {text}", "statement", 0.3)
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name) and node.value.args:
        yield site.replace(node, f"{site.text(node.value.args[0])} = {text}", "statement", 0.2)
    if isinstance(node.value, ast.Call):
        yield site.replace(node, f"yield from {text}", "yield", 0.1)


def _handlers(site: Site, node: ast.Try) -> Iterator[Proposal]:
    for handler in node.handlers:
        if handler.type is None:
            continue
        caught = site.text(handler.type)
        for name in [*sorted(site.symptoms.exceptions - {"", "AssertionError", "Failed"}), *EXCEPTIONS]:
            if name not in caught:
                prior = 0.6 if name in site.symptoms.exceptions else 0.15
                yield site.replace(handler.type, name, "exception", prior, f"catches `{name}` instead of `{caught}`")
                both = f"{caught[:-1]}, {name})" if caught.startswith("(") else f"({caught}, {name})"
                yield site.replace(handler.type, both, "exception", prior * 0.4, f"catches `{name}` too")


def _raise(site: Site, node: ast.Raise) -> Iterator[Proposal]:
    exception = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    if not isinstance(exception, ast.Name):
        return
    wanted = site.symptoms.wanted_exceptions
    for name in [*wanted, *site.facts.classes, *sorted(site.facts.imported), *EXCEPTIONS]:
        if name != exception.id:
            yield site.replace(exception, name, "exception", 0.6 if name in wanted else 0.2)


def _defaults(site: Site, node: FunctionNode) -> Iterator[Proposal]:
    """The value of a default, and a mutable default that is shared between calls."""
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    pairs = list(zip(positional[len(positional) - len(spec.defaults) :], spec.defaults))
    pairs += [(arg, default) for arg, default in zip(spec.kwonlyargs, spec.kw_defaults) if default is not None]
    for arg, default in pairs:
        if isinstance(default, (ast.List, ast.Dict, ast.Set)) or site.text(default) in ("set()", "list()", "dict()"):
            yield _fresh_each_time(site, node, arg.arg, default)
        elif isinstance(default, ast.Constant):
            yield from _default(site, default)
    names = parameters(node)
    for first, second in zip(positional, positional[1:]):
        if first.arg not in ("self", "cls") and len(names) > 1:
            a, b = site.source.span(first), site.source.span(second)
            splices = (Splice(*a, site.text(second).encode()), Splice(*b, site.text(first).encode()))
            yield Proposal(splices, "argument", 0.1, f"swaps the parameters `{first.arg}` and `{second.arg}`")


def _fresh_each_time(site: Site, node: FunctionNode, name: str, default: ast.expr) -> Proposal:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
        first = node.body[1]
    at = site.source.block_span(first)[0]
    indent = site.source.indent(first)
    end = site.source.newline.decode()
    guard = f"{indent}if {name} is None:{end}{indent}    {name} = {site.text(default)}{end}"
    splices = (Splice(*site.source.span(default), b"None"), Splice(at, at, guard.encode()))
    return Proposal(
        splices, "default", 1.5, f"makes a new `{site.text(default)}` for every call instead of sharing one"
    )


def _default(site: Site, default: ast.Constant) -> Iterator[Proposal]:
    value = default.value
    options: list[str] = []
    if isinstance(value, bool):
        options = [str(not value)]
    elif isinstance(value, int):
        options = [str(value + 1), str(value - 1), "0", "1", "None", str(value * 10)]
        options += [str(n) for n in [*site.facts.ints[:10], *site.test_ints[:20]]]
    elif isinstance(value, str):
        options = [repr(text) for text in [*site.facts.strings[:20], ",", " ", "-", "_", ""]]
    elif value is None:
        options = ["0", "1", "True", "False", '""', "()"]
    for option in dict.fromkeys(options):
        if option != site.text(default):
            yield site.replace(default, option, "default", 0.3 if isinstance(value, bool) else 0.12)


def _subscript(site: Site, node: ast.Subscript) -> Iterator[Proposal]:
    if isinstance(node.slice, ast.Slice):
        yield from _slice(site, node, node.slice)
        return
    base, key = site.text(node.value), site.text(node.slice)
    if isinstance(node.ctx, ast.Load):
        if "KeyError" in site.symptoms.exceptions:
            for default in ("0", "None", "[]", '""', "{}"):
                yield site.replace(
                    node, f"{base}.get({key}, {default})", "guard", 0.3 if default in ("0", "None") else 0.12
                )
        if not isinstance(node.slice, ast.Constant):
            yield site.replace(node, f"{base}[0]", "index", 0.08)
            yield site.replace(node, f"{base}[-1]", "index", 0.1)
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            yield site.replace(node, f"{base}[-1]", "index", 0.3)
    if isinstance(node.value, ast.Subscript):
        inner = node.value
        text = f"{site.text(inner.value)}[{key}][{site.text(inner.slice)}]"
        yield site.replace(node, text, "index", 0.4, "swaps the two indices")


def _slice(site: Site, node: ast.Subscript, part: ast.Slice) -> Iterator[Proposal]:
    base = site.text(node.value)
    low, high, step = (site.text(p) if p is not None else "" for p in (part.lower, part.upper, part.step))
    forms: dict[str, float] = {}
    if low and not high:
        forms.update(
            {f"{base}[:{low}]": 0.5, f"{base}[-{low}:]": 0.4, f"{base}[{low[1:]}:]": 0.3 if low[0] == "-" else 0}
        )
        forms.update({f"{base}[:-{low}]": 0.15})
    elif high and not low:
        forms.update({f"{base}[{high}:]": 0.5, f"{base}[:-{high}]": 0.3, f"{base}[-{high}:]": 0.4})
        forms.update({f"{base}[1:{high}]": 0.15, f"{base}[:{high[1:]}]": 0.3 if high[0] == "-" else 0})
    elif low and high:
        forms.update({f"{base}[{low}:]": 0.3, f"{base}[:{high}]": 0.3, f"{base}[{high}:{low}]": 0.3})
    if step:
        forms[f"{base}[{low}:{high}]"] = 0.3
    forms[f"{base}[{low}:{high}:-1]"] = 0.1
    forms[base] = 0.15
    for text, prior in forms.items():
        if prior and text != site.text(node):
            yield site.replace(node, text, "slice", prior)


def _format(site: Site, node: ast.JoinedStr) -> Iterator[Proposal]:
    """Formats and names inside an f-string, found in its text."""
    start, end = site.source.span(node)
    text = site.source.data[start:end].decode("utf-8")
    for hole in HOLE.finditer(text):
        name, conversion, spec = hole.group(1), hole.group(2) or "", hole.group(3) or ""
        for new in _specs(spec):
            yield _hole(site, start, text, hole, f"{{{name}{conversion}{new}}}", 0.25)
        if spec.endswith("f") and text[hole.end() : hole.end() + 1] == "%":
            wide = f"{{{name}{spec[:-1]}%}}"
            at = start + len(text[: hole.start()].encode())
            upto = start + len(text[: hole.end() + 1].encode())
            yield site.splice(at, upto, wide, "format", 0.5, f"formats as `{wide}`")
        others = [n for n in site.locals if n not in (name, "self", "cls")]
        others += [f"self.{a}" for a in site.attributes if f"self.{a}" != name]
        for other in others:
            yield _hole(site, start, text, hole, f"{{{other}{conversion}{spec}}}", 0.15)
        for wrapped in (
            f"{name} + 1",
            f"{name} - 1",
            f"{name}.strip()",
            f"{name}.upper()",
            f"{name}.lower()",
            f"len({name})",
        ):
            yield _hole(site, start, text, hole, f"{{{wrapped}{conversion}{spec}}}", 0.08)
        yield _hole(site, start, text, hole, f"{{{name}!r{spec}}}" if not conversion else f"{{{name}{spec}}}", 0.15)


def _specs(spec: str) -> list[str]:
    found = re.search(r"\d+", spec)
    options = [":.2f", ":.1f", ":02d", ":,", ":.0f", ":.1%"] if not spec else [""]
    for number in re.finditer(r"\d+", spec):
        for value in (int(number.group()) + 1, int(number.group()) - 1):
            if value >= 0:
                zero = "0" if number.group().startswith("0") and len(number.group()) > 1 else ""
                options.append(spec[: number.start()] + zero + str(value) + spec[number.end() :])
    for old, new in (("<", ">"), (">", "<"), ("^", "<"), ("d", "f"), ("f", "%"), ("%", "f"), ("x", "X"), ("X", "x")):
        if old in spec:
            options.append(spec.replace(old, new))
    if found and not spec.startswith(":0") and spec[1:2].isdigit():
        options += [":0" + spec[1:], ":>" + spec[1:], ":<" + spec[1:]]
    if found and spec.startswith(":0"):
        options.append(":" + spec[2:])
    return [o for o in dict.fromkeys(options) if o != spec]


def _hole(site: Site, start: int, text: str, hole: re.Match[str], new: str, prior: float) -> Proposal:
    at = start + len(text[: hole.start()].encode())
    end = start + len(text[: hole.end()].encode())
    return site.splice(at, end, new, "format", prior, f"writes `{new}` instead of `{hole.group()}`")
