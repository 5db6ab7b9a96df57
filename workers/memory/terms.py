"""What a person typed, or a step is about, as a full-text expression. Pure; no text is a syntax error."""

import re
from typing import NamedTuple

MOST_TERMS = 20
_PART = re.compile(r'"([^"]*)"|(\w+)(\*?)')
_PHRASE = re.compile(r'"([^"]*)"(\*?)')
_WORD = re.compile(r"\w+")
# Words that say nothing about what a text is about.
_STOP = frozenset(
    _WORD.findall(
        "a about all an and any are as at be but by can do does for from has have how i if in into is it its me my no "
        "not of on or our should so that the their then there these they this to was we were what when where which who "
        "why will with you your"
    )
)


class Phrase(NamedTuple):
    words: str
    begins: bool
    """Words that begin like its last one match too."""


def expression(text: str) -> str:
    """Any of the words and "quoted phrases"; `begin*` for words that begin so. Empty when there is no word."""
    found = [_term(*part) for part in _PART.findall(text)]
    terms = list(dict.fromkeys(term for term in found if term))
    telling = [term for term in terms if term.strip('"').lower() not in _STOP]
    longest = sorted(telling or terms, key=len, reverse=True)[:MOST_TERMS]
    return " OR ".join(longest)


def phrases(expression: str) -> list[Phrase]:
    """What any of must be there for the expression to match."""
    return [Phrase(words, bool(star)) for words, star in _PHRASE.findall(expression)]


def _term(phrase: str, word: str, star: str) -> str:
    words = _WORD.findall(phrase) if phrase else [word] if word else []
    return f'"{" ".join(words)}"{star}' if words else ""
