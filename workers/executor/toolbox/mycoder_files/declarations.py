"""What a source file declares at its top: names to count, and lines to show. Nothing of it is run."""

from __future__ import annotations

import os
import re

MAX_LINE = 400
MAX_SHOWN = 110

_NAME = r"([A-Za-z_$][\w$]*)"
_MODIFIERS = (
    r"(?:(?:public|private|protected|internal|abstract|final|static|sealed|open|data|partial|case|export|default|"
    r"declare|async|override|inline|suspend|pub|unsafe|const|implicit|lazy)[ \t]+)*"
)
_TYPES = rf"{_MODIFIERS}(?:class|interface|enum|record|struct|object|trait|protocol|union|actor|type|mod)[ \t]+{_NAME}"
_PYTHON = rf"(?:async +)?(?:def|class) +{_NAME}"
_SCRIPT = (
    rf"{_MODIFIERS}function\*?[ \t]+{_NAME}",
    _TYPES,
    rf"{_MODIFIERS}namespace[ \t]+{_NAME}",
    rf"(?:export[ \t]+)?(?:const|let|var)[ \t]+{_NAME}[^=\n]*="
    r"[ \t]*(?:async[ \t]*)?(?:function|\([^)\n]*\)|\w+[ \t]*=>)",
)
_C = (
    rf"(?:typedef[ \t]+)?(?:struct|class|enum|union|namespace)[ \t]+{_NAME}",
    r"(?!(?:if|for|while|switch|return|else|do|case)\b)[A-Za-z_][\w \t*&:<>,~]*?[ \t*&:~]([A-Za-z_]\w*)\([^;\n]*$",
)
_NESTED = (rf"[ \t]*{_TYPES}", rf"[ \t]{{0,4}}{_MODIFIERS}(?:fun|func|def)[ \t]+{_NAME}")
_RUST = (
    r"(?:pub(?:\([^)\n]*\))?[ \t]+)?(?:(?:async|unsafe|const)[ \t]+)*"
    rf"(?:fn|struct|enum|trait|type|mod|union)[ \t]+{_NAME}",
    rf"macro_rules![ \t]+{_NAME}",
)
_FORMS: dict[str, tuple[str, ...]] = {
    "py pyi": (_PYTHON,),
    "js jsx mjs cjs ts tsx mts vue svelte": _SCRIPT,
    "go": (rf"func[ \t]+(?:\([^)\n]*\)[ \t]*)?{_NAME}", rf"type[ \t]+{_NAME}"),
    "rs": _RUST,
    "java kt kts cs scala swift dart groovy": _NESTED,
    "c h cc cpp cxx hh hpp m mm": _C,
    "rb": (r"[ \t]*(?:class|module|def)[ \t]+(?:self\.)?([A-Za-z_]\w*)",),
    "php": (rf"[ \t]*{_MODIFIERS}(?:class|interface|trait|enum|function)[ \t]+&?{_NAME}",),
    "sh bash": (r"(?:function[ \t]+)?([A-Za-z_][\w-]*)[ \t]*\(\)",),
    "lua": (r"(?:local[ \t]+)?function[ \t]+(?:\w+[.:])*([A-Za-z_]\w*)",),
    "ex exs": (r"[ \t]*(?:defmodule|defp?|defmacro)[ \t]+(?:\w+\.)*([A-Za-z_]\w*)",),
    "zig": (rf"(?:pub[ \t]+)?(?:fn|const)[ \t]+{_NAME}",),
}
PATTERNS = {
    extension: re.compile("|".join(f"^{form}.*$" for form in forms), re.MULTILINE)
    for extensions, forms in _FORMS.items()
    for extension in extensions.split()
}


class Declaration:
    def __init__(self, name: str, shown: str) -> None:
        self.name = name
        self.shown = shown


def extension(path: str) -> str:
    return os.path.splitext(path)[1][1:].lower()


def declarations(text: str, kind: str) -> list[Declaration]:
    """By the look of the lines: quick, and the same for every language."""
    if kind not in ("py", "pyi"):
        text = "\n".join(line for line in text.split("\n") if len(line) <= MAX_LINE)
    found = []
    for match in PATTERNS[kind].finditer(text):
        name = next(group for group in match.groups() if group)
        found.append(Declaration(name, _line(match[0])))
    return found


def _line(line: str) -> str:
    return cut(line.strip().rstrip("{=:> \t"))


def cut(line: str, length: int = MAX_SHOWN) -> str:
    return line if len(line) <= length else line[: length - 1] + "…"
