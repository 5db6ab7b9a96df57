"""Globs over paths: `*` and `?` stay in a folder, `**` does not, `{a,b}` is either."""

from __future__ import annotations

import re

PART = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|\{|\}|,|.", re.DOTALL)
TRANSLATED = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def compiled(glob: str) -> re.Pattern[str]:
    """For whole paths. A glob without a slash is about the name alone, wherever the file is."""
    depth = 0
    pattern = "" if "/" in glob.strip("/") else "(?:.*/)?"
    for part in PART.findall(glob.strip("/")):
        if part == "{":
            depth += 1
            pattern += "(?:"
        elif part == "}" and depth:
            depth -= 1
            pattern += ")"
        elif part == "," and depth:
            pattern += "|"
        elif len(part) > 1 and part[0] == "[":
            pattern += f"[^{part[2:]}" if part[1] == "!" else part
        else:
            pattern += TRANSLATED.get(part, re.escape(part))
    try:
        return re.compile(pattern + ")" * depth)
    except re.error:
        return re.compile(rf"(?:.*/)?{re.escape(glob)}")
