"""JSON as models write it: what is certain is read, the rest is refused with the place.

Beyond JSON it reads single quotes, line breaks and unknown escapes in strings (`\\d` stays as it is), Python's True,
False and None, keys without quotes, commas before a closing bracket, and closing brackets too many or, said in
`Read.unclosed`, the last one too few. It never makes up the end of a string, of a number or of a list.
"""

import re
from typing import Any, NamedTuple

MAX_DEPTH = 40
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[A-Za-z_$][\w$-]*")
_NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?(?![\w.])")
_PLAIN = {'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")}
_WORDS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "\\": "\\"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_HEX_DIGITS = {("u", '"'): 4, ("u", "'"): 4, ("x", "'"): 2, ("U", "'"): 8}
_CLOSERS = "}])`; \t\r\n"
_CLOSING = {"{": "}", "[": "]"}


class NotJson(Exception):
    """The text cannot be read without guessing; `at` is where."""

    near = ""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(why)
        self.why = why
        self.at = at


class CutOff(NotJson):
    """The text ends where more has to follow."""


class Read(NamedTuple):
    value: Any
    unclosed: bool
    """The last closing bracket was missing; nothing else that can be seen."""


def read(text: str) -> Read:
    """Raises NotJson, CutOff."""
    try:
        return _read(text)
    except NotJson as err:
        err.near = text[max(0, err.at - 20) : err.at + 20]
        raise


def _read(text: str) -> Read:
    reader = _Reader(text)
    value = reader.value(0)
    rest = text[reader.at :].strip(_CLOSERS)
    if rest and not _says_the_same(rest, value):
        raise NotJson("something follows the end", len(text) - len(text[reader.at :].lstrip(_CLOSERS)))
    return Read(value, reader.unclosed)


def _says_the_same(text: str, value: Any) -> bool:
    """Whether the answer was written twice."""
    again = _Reader(text)
    try:
        return bool(again.value(0) == value) and not text[again.at :].strip(_CLOSERS)
    except NotJson:
        return False


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self.unclosed = False

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise NotJson("it is nested too deeply", self.at)
        char = self._next()
        if char == "{":
            return self._members(depth)
        if char == "[":
            return self._items(depth)
        if char in _PLAIN:
            return self._string(char)
        if char == "":
            raise CutOff("the value is missing", self.at)
        return self._word_or_number()

    def _members(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        while not self._at_end_of("{", empty=not found):
            key = self._key()
            if self._next() != ":":
                raise self._unexpected("a colon after the name")
            self.at += 1
            found[key] = self.value(depth + 1)
            if not self._goes_on("{", may_end=depth == 0):
                break
        return found

    def _items(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while not self._at_end_of("[", empty=not found):
            found.append(self.value(depth + 1))
            if not self._goes_on("["):
                break
        return found

    def _at_end_of(self, opening: str, *, empty: bool) -> bool:
        """Past the bracket, when it comes where a member could begin: nothing is in there, or a comma too many."""
        char = self._next()
        if char == "":
            raise CutOff("it ends in the middle" if not empty else "it ends after its beginning", self.at)
        if char != _CLOSING[opening]:
            return False
        self.at += 1
        return True

    def _goes_on(self, opening: str, *, may_end: bool = False) -> bool:
        """Past the comma or the bracket after a member; whether another may follow."""
        char = self._next()
        if char == "" and may_end:
            self.unclosed = True
            return False
        if char not in (",", _CLOSING[opening]):
            raise self._unexpected(f"a comma or {_CLOSING[opening]}")
        self.at += 1
        return char == ","

    def _key(self) -> str:
        char = self._next()
        if char in _PLAIN:
            return self._string(char)
        if match := _WORD.match(self._text, self.at):
            self.at = match.end()
            if self.at == len(self._text):
                raise CutOff("it ends in a name", self.at)
            return match[0]
        raise self._unexpected("a name in quotes")

    def _string(self, quote: str) -> str:
        parts = []
        self.at += 1
        while True:
            plain = _PLAIN[quote].match(self._text, self.at)
            parts.append(plain[0] if plain else "")
            self.at += len(parts[-1])
            if self.at >= len(self._text):
                raise CutOff("it ends in a string", self.at)
            if self._text[self.at] == quote:
                self.at += 1
                return _without_halves("".join(parts))
            parts.append(self._escape(quote))

    def _escape(self, quote: str) -> str:
        at = self.at + 1
        if at >= len(self._text):
            raise CutOff("it ends in a string", at)
        char = self._text[at]
        self.at = at + 1
        if char == quote:
            return quote
        if char in _PLAIN:
            # Some mean the quote alone, some a backslash too, as shells need it.
            raise NotJson(f"\\{char} is no escape here: write {char} alone, or \\\\{char} for both", at - 1)
        if digits := _HEX_DIGITS.get((char, quote)):
            return self._coded(digits)
        return _ESCAPES.get(char, f"\\{char}")

    def _coded(self, digits: int) -> str:
        code = self._text[self.at : self.at + digits]
        if len(code) < digits:
            raise CutOff("it ends in a string", len(self._text))
        if not _HEX.fullmatch(code) or int(code, 16) > 0x10FFFF:
            raise NotJson(f"{code!r} is no character's number", self.at)
        self.at += digits
        return chr(int(code, 16))

    def _word_or_number(self) -> Any:
        for pattern, read_as in ((_NUMBER, _number), (_WORD, _WORDS.get)):
            if match := pattern.match(self._text, self.at):
                # More digits or letters could have followed.
                if match.end() == len(self._text) and match[0] not in _WORDS:
                    raise CutOff("it ends in a value", match.end())
                if pattern is _WORD and match[0] not in _WORDS:
                    break
                self.at = match.end()
                return read_as(match[0])
        raise self._unexpected("a value")

    def _next(self) -> str:
        match = _SPACE.match(self._text, self.at)
        self.at = match.end() if match else self.at
        return self._text[self.at : self.at + 1]

    def _unexpected(self, wanted: str) -> NotJson:
        if self.at >= len(self._text):
            return CutOff(f"{wanted} is missing", self.at)
        return NotJson(f"{wanted} should be here", self.at)


def _number(text: str) -> int | float:
    return float(text) if re.search("[.eE]", text) else int(text)


def _without_halves(text: str) -> str:
    """Pairs of surrogates become the character they stand for, a half of one becomes a replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
