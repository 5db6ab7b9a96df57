"""Text of lower trust in a prompt: between tags that the text itself cannot close."""

import re
from collections.abc import Mapping

_TAGS = re.compile(r"<(?=\s*/?\s*(?:document|report|memory)\b)", re.IGNORECASE)
_UNSEEN = {code: None for code in range(32) if chr(code) not in "\n\t"} | dict.fromkeys([0x7F, *range(0x202A, 0x202F)])
_MAX_NAME_CHARS = 200


def quoted(tag: str, text: str, **names: str) -> str:
    """The text between `<tag …>` and `</tag>`. Tags within it lose their meaning, unseen characters go."""
    plain = _TAGS.sub("&lt;", text.translate(_UNSEEN)).strip("\n")
    return f"<{tag}{_attributes(names)}>\n{plain}\n</{tag}>"


def _attributes(names: Mapping[str, str]) -> str:
    return "".join(f' {name}="{one_line(value)}"' for name, value in names.items())


def one_line(value: str) -> str:
    """A path, key or id for a line of a prompt: it can hold anything, line feeds and tags too."""
    kept = "".join(char if char.isprintable() and char not in '"<>' else "?" for char in value)
    return kept if len(kept) <= _MAX_NAME_CHARS else f"{kept[: _MAX_NAME_CHARS - 1]}…"
