"""Statements in the wrong place, in the wrong block, missing or superfluous."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .edit import Splice
from .scope import BUILTINS, stored_names, used_names
from .site import Proposal, Site
from .source import COMPOUND, FUNCTIONS

SIMPLE = (
    ast.Assign,
    ast.AugAssign,
    ast.Expr,
    ast.Return,
    ast.Raise,
    ast.Continue,
    ast.Break,
    ast.Delete,
    ast.AnnAssign,
)
LOOPS = (ast.For, ast.While, ast.AsyncFor)
NUMBERS = {"int", "float", "Decimal"}


def propose(site: Site) -> Iterator[Proposal]:
    if site.function is None or not site.source.starts_its_line(site.statement):
        return
    yield from _swap_with_next(site)
    yield from _out_of_block(site)
    yield from _into_block(site)
    yield from _into_else(site)
    yield from _delete(site)
    yield from _elif(site)
    if isinstance(site.statement, COMPOUND) and not isinstance(site.statement, (*LOOPS, ast.If, ast.Try)):
        return
    yield from _copied(site)
    yield from _small_additions(site)


def _next(site: Site) -> list[ast.stmt]:
    block = site.source.siblings(site.statement)
    return block[block.index(site.statement) + 1 :]


def _swap_with_next(site: Site) -> Iterator[Proposal]:
    following = _next(site)
    if not following or isinstance(site.statement, FUNCTIONS):
        return
    (a, b), (c, d) = site.source.block_span(site.statement), site.source.block_span(following[0])
    data = site.source.data
    if b > c or isinstance(following[0], FUNCTIONS):
        return
    first, gap, second = data[a:b], data[b:c], data[c:d]
    second = second if second.endswith(b"\n") else second + site.source.newline
    simple = isinstance(site.statement, SIMPLE) and isinstance(following[0], SIMPLE)
    note = f"swaps line {site.statement.lineno} with the statement after it"
    yield Proposal((Splice(a, d, second + gap + first),), "order", 0.35 if simple else 0.2, note)


def _shift(text: bytes, by: int) -> bytes:
    lines = text.splitlines(keepends=True)
    if by >= 0:
        return b"".join(b" " * by + line if line.strip() else line for line in lines)
    return b"".join(line[-by:] if line[:-by].isspace() else line for line in lines)


def _out_of_block(site: Site) -> Iterator[Proposal]:
    """The last statement of a block moves behind the block; also the first one before it."""
    parent = site.source.parents.get(site.statement)
    if isinstance(parent, ast.ExceptHandler):
        outer = site.source.parents[parent]
    elif isinstance(parent, (ast.If, ast.With, ast.Try, *LOOPS)):
        outer = parent
    else:
        return
    block = site.source.siblings(site.statement)
    if not isinstance(outer, ast.stmt) or len(block) < 2 or block[-1] is not site.statement:
        return
    start, end = site.source.block_span(site.statement)
    _, behind = site.source.block_span(outer)
    moved = _shift(site.source.data[start:end], outer.col_offset - site.statement.col_offset)
    if not moved.endswith(b"\n"):
        moved += site.source.newline
    prior = 0.6 if isinstance(site.statement, ast.Return) and isinstance(outer, LOOPS) else 0.3
    note = f"moves line {site.statement.lineno} out of the block it is in"
    if behind == end:
        yield Proposal((Splice(start, end, moved),), "statement", prior, note)
    else:
        yield Proposal((Splice(start, end, b""), Splice(behind, behind, moved)), "statement", prior, note)
    if isinstance(parent, (ast.If, *LOOPS)) and parent.orelse and block is parent.body:
        yield Proposal((Splice(start, end, b""), Splice(behind, behind, moved)), "statement", prior, note)


def _into_block(site: Site) -> Iterator[Proposal]:
    """A statement behind a block moves to the end of it."""
    block = site.source.siblings(site.statement)
    index = block.index(site.statement)
    if index == 0 or isinstance(site.statement, COMPOUND):
        return
    previous = block[index - 1]
    for inner in _last_blocks(previous):
        if inner and inner[-1].lineno != previous.lineno and not isinstance(inner[-1], (ast.Return, ast.Raise)):
            start, end = site.source.block_span(site.statement)
            _, at = site.source.block_span(inner[-1])
            moved = _shift(site.source.data[start:end], inner[-1].col_offset - site.statement.col_offset)
            note = f"moves line {site.statement.lineno} into the block above it"
            if at == start:
                yield Proposal((Splice(start, end, moved),), "statement", 0.25, note)
            else:
                yield Proposal((Splice(at, at, moved), Splice(start, end, b"")), "statement", 0.2, note)


def _last_blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(statement, (ast.If, ast.With, ast.AsyncWith, ast.Try, *LOOPS)):
        yield statement.body
        if getattr(statement, "orelse", None):
            yield statement.orelse  # type: ignore[union-attr]
        yield from _last_blocks(statement.body[-1])


def _into_else(site: Site) -> Iterator[Proposal]:
    """`if a: x` followed by `y` becomes `if a: x else: y`."""
    block = site.source.siblings(site.statement)
    index = block.index(site.statement)
    previous = block[index - 1] if index else None
    if not isinstance(previous, ast.If):
        return
    while len(previous.orelse) == 1 and isinstance(previous.orelse[0], ast.If):
        previous = previous.orelse[0]
    if previous.orelse:
        return
    start, end = site.source.block_span(site.statement)
    indent = site.source.indent(site.statement)
    moved = _shift(site.source.data[start:end], 4)
    text = f"{indent}else:".encode() + site.source.newline + moved
    yield Proposal(
        (Splice(start, end, text),), "statement", 0.3, f"does line {site.statement.lineno} only otherwise, in an `else`"
    )


def _delete(site: Site) -> Iterator[Proposal]:
    start, end = site.source.block_span(site.statement)
    alone = len(site.source.siblings(site.statement)) == 1
    note = f"removes line {site.statement.lineno}"
    if isinstance(site.statement, SIMPLE):
        prior = 0.25 if isinstance(site.statement, (ast.Continue, ast.Break)) else 0.12
        text = (site.source.indent(site.statement).encode() + b"pass" + site.source.newline) if alone else b""
        yield Proposal((Splice(start, end, text),), "delete", prior, note)
    elif isinstance(site.statement, ast.If) and not site.statement.orelse:
        last = site.statement.body[-1]
        jumps = isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break))
        if not alone:
            yield Proposal((Splice(start, end, b""),), "delete", 0.05 if jumps else 0.08, note)
        first, _ = site.source.block_span(site.statement.body[0])
        body = _shift(site.source.data[first:end], site.statement.col_offset - last.col_offset)
        yield Proposal(
            (Splice(start, end, body),), "delete", 0.06, f"drops the condition in line {site.statement.lineno}"
        )
    if isinstance(site.statement, (ast.Continue, ast.Break, ast.Return)):
        for word in ("continue", "break", "return"):
            looping = word == "return" or _in_loop(site)
            if (
                looping
                and site.text(site.statement) != word
                and (word != "return" or not isinstance(site.statement, ast.Return))
            ):
                yield site.replace(site.statement, word, "statement", 0.25)


def _in_loop(site: Site) -> bool:
    node = site.source.parents.get(site.statement)
    while node is not None and not isinstance(node, FUNCTIONS):
        if isinstance(node, LOOPS):
            return True
        node = site.source.parents.get(node)
    return False


def _elif(site: Site) -> Iterator[Proposal]:
    if not isinstance(site.statement, ast.If):
        return
    start, _ = site.source.span(site.statement)
    data = site.source.data
    if data[start : start + 4] == b"elif":
        yield site.splice(start, start + 4, "if", "condition", 0.2, "makes an `elif` an `if`")
    else:
        block = site.source.siblings(site.statement)
        index = block.index(site.statement)
        if index and isinstance(block[index - 1], ast.If) and not block[index - 1].orelse:  # type: ignore[attr-defined]
            yield site.splice(start, start + 2, "elif", "condition", 0.3, "makes an `if` an `elif`")


def _copied(site: Site) -> Iterator[Proposal]:
    """A statement of a neighbouring method or another place in this one, done here too."""
    available = {*site.locals, *site.facts.names, *BUILTINS}
    own = site.function
    assert own is not None  # noqa: S101
    functions = [*site.methods.values()] if site.methods else [*site.facts.functions.values()]
    if own not in functions:
        functions.append(own)
    seen: set[str] = set()
    for function in functions:
        for node in ast.walk(function):
            if (
                not isinstance(node, (ast.Expr, ast.AugAssign, ast.Assign))
                or node is site.statement
                or node.lineno == node.end_lineno == site.statement.lineno
            ):
                continue
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            text = site.text(node)
            if function is not own and f'"{function.name}"' in text:
                text = text.replace(f'"{function.name}"', f'"{own.name}"')
            if text in seen or "\n" in text or not used_names(node) - stored_names([node]) <= available:
                continue
            seen.add(text)
            yield from _place(site, text, 0.14 if function is own else 0.1, isinstance(node.value, ast.Yield))


def _place(site: Site, text: str, prior: float, yields: bool = False) -> Iterator[Proposal]:
    if isinstance(site.statement, ast.Pass):
        yield site.replace(site.statement, text, "insert", min(2 * prior, 0.5), f"does `{text}` instead of nothing")
        return
    yield from _before(site, text, prior)
    if not isinstance(site.statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
        yield site.insert_after(site.statement, [text], "insert", prior)
    if isinstance(site.statement, LOOPS):
        for name in sorted(_collected(site)):
            if name in text:
                yield site.insert_after(site.statement, [f"if {name}:", f"    {text}"], "insert", prior * 1.5)


def _before(site: Site, text: str, prior: float) -> Iterator[Proposal]:
    """Only where no statement before this one offers the same place as its `after`."""
    block = site.source.siblings(site.statement)
    if block[0] is site.statement or isinstance(site.statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
        yield site.insert_before(site.statement, [text], "insert", prior)


def _collected(site: Site) -> set[str]:
    return {name for name in stored_names([site.statement]) if name in site.locals}


def _small_additions(site: Site) -> Iterator[Proposal]:
    for name in site.locals:
        kinds = site.of_kind(name)
        if "int" in kinds:
            prior = 0.2 if site.symptoms.hangs and _in_loop(site) else 0.05
            yield from _place(site, f"{name} += 1", prior)
            yield from _place(site, f"{name} -= 1", prior * 0.8)
        for other in site.locals:
            if other in (name, "self", "cls"):
                continue
            if "set" in kinds:
                prior = 0.4 if site.symptoms.hangs and _in_loop(site) else 0.08
                yield from _place(site, f"{name}.add({other})", prior)
            elif "list" in kinds:
                yield from _place(site, f"{name}.append({other})", _append_prior(site, name, other))
    for attribute in site.attributes:
        kinds = site.of_kind(f"self.{attribute}")
        for name in site.locals:
            if name not in ("self", "cls") and (
                name == attribute.strip("_") or kinds & site.of_kind(name) & (NUMBERS | {"str"})
            ):
                yield from _place(site, f"self.{attribute} = {name}", 0.3 if name == attribute.strip("_") else 0.08)
        if kinds & {"int"}:
            yield from _place(site, f"self.{attribute} += 1", 0.05)
    yield from _missing_attribute(site)
    yield from _jumps(site)


def _append_prior(site: Site, name: str, other: str) -> float:
    """High for a list nothing is put into, and for a value nothing is done with."""
    assert site.function is not None  # noqa: S101
    uses = [n for n in ast.walk(site.function) if isinstance(n, ast.Name) and n.id in (name, other)]
    unread = not any(n.id == other and isinstance(n.ctx, ast.Load) for n in uses)
    parents = (site.source.parents.get(n) for n in uses if n.id == name)
    unfed = not any(isinstance(p, (ast.Attribute, ast.Subscript, ast.AugAssign, ast.Call)) for p in parents)
    return 0.45 if unread and unfed else 0.2 if unread or unfed else 0.06


def _missing_attribute(site: Site) -> Iterator[Proposal]:
    function = site.function
    if function is None or function.name != "__init__":
        return
    for name in site.symptoms.missing_names:
        values = [name] if name in site.locals else []
        for value in [*values, "None", "0", "[]", "{}", "False", "set()"]:
            yield site.insert_after(site.statement, [f"self.{name} = {value}"], "insert", 0.5 if value == name else 0.3)


def _jumps(site: Site) -> Iterator[Proposal]:
    following = _next(site)
    parent = site.source.parents.get(site.statement)
    if isinstance(site.statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)) or following:
        return
    if not isinstance(parent, FUNCTIONS):
        yield site.insert_after(site.statement, ["return"], "return", 0.15)
        if _in_loop(site):
            yield site.insert_after(site.statement, ["break"], "statement", 0.15)
            yield site.insert_after(site.statement, ["continue"], "statement", 0.12)
    for name in site.locals:
        if name not in ("self", "cls"):
            prior = 0.3 if "none" in site.symptoms.relations else 0.06
            yield site.insert_after(site.statement, [f"return {name}"], "return", prior)
