"""Positions inside f-strings, which Python gets wrong before 3.12."""

from __future__ import annotations

import ast
import re

HOLE = re.compile(r"(?<!\{)\{([^{}:!=]+)(?:![rsa])?(?::[^{}]*)?\}(?!\})")


def locate(text: str, node: ast.JoinedStr) -> bool:
    """Put the expressions of one f-string where its `text` has them; False when that is not certain."""
    holes = list(HOLE.finditer(text))
    values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    if "\n" in text or not text.isascii() or len(holes) != len(values):
        return False
    found = [_parsed(hole.group(1)) for hole in holes]
    if not all(f is not None and ast.dump(f) == ast.dump(v) for f, v in zip(found, values)):
        return False
    for hole, there, value in zip(holes, found, values):
        assert there is not None  # noqa: S101
        shift = node.col_offset + hole.start(1) - 1
        for right, wrong in zip(ast.walk(there), ast.walk(value)):
            if isinstance(right, (ast.expr, ast.keyword, ast.arg)) and isinstance(wrong, type(right)):
                wrong.lineno = wrong.end_lineno = node.lineno
                wrong.col_offset = right.col_offset + shift
                wrong.end_col_offset = (right.end_col_offset or 0) + shift
    return True


def _parsed(text: str) -> ast.expr | None:
    try:
        return ast.parse(f"({text})", mode="eval").body
    except (SyntaxError, ValueError):
        return None
