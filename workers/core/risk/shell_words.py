"""A word of a shell script as bash reads it: quotes, escapes, expansions; and what is not known before it runs."""

import re

import msgspec

MAX_DEPTH = 12


class Unreadable(Exception):
    """The script cannot be read for certain."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    """Without quotes. Expansions stand as they are written: `$HOME`, `$(date)`."""
    dynamic: bool = False
    """Holds an expansion, so the text is not what the program gets."""
    glob: bool = False
    """Holds wildcards or braces outside of quotes."""
    encoded: bool = False
    """Written with escapes for characters that need none."""
    quoted: bool = False
    scripts: tuple[str, ...] = ()
    """Command substitutions in it."""


class Redirect(msgspec.Struct, frozen=True, kw_only=True):
    operator: str
    target: Word
    """The file; for `<<` and `<<<` the text itself."""


Token = Word | Redirect | str
_ARITHMETIC = re.compile(r"\([^()]*\)")
SUBSHELLS = re.compile(r"[()`\n]|\w\s+-*[A-Za-z/.~]")
"""What makes shells read `((` as two brackets: some do at a bracket inside, some at anything that looks like a call."""
_NAME = re.compile(r"\w+|[?$!@*#-]")
_ENDS_WORD = " \t\n|&;<>()"


class WordReader:
    """Reads words of `script` from `at` on; a lexer says what stands in brackets."""

    def __init__(self, script: str, at: int, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Unreadable
        self.script = script
        self.at = at
        self.depth = depth

    def in_brackets(self) -> tuple[int, list[Token]]:
        """Where the bracket that opens here is closed, and the tokens up to there."""
        raise NotImplementedError

    def word(self) -> Word:
        parts = _Parts()
        while self.at < len(self.script):
            mark = self.script[self.at]
            if mark in "<>" and self.script.startswith("(", self.at + 1):
                self.at += 1
                self._bracketed(parts, mark)
            elif mark == "(" and parts.text.endswith("=") and not parts.quoted:
                self._bracketed(parts, "")
            elif mark in _ENDS_WORD:
                break
            elif mark in _QUOTES:
                parts.quoted = True
                _QUOTES[mark](self, parts)
            else:
                self._bare(parts, mark)
        return parts.word()

    def _bare(self, parts: "_Parts", mark: str) -> None:
        if self.script.startswith("$'", self.at):
            self._ansi(parts)
            return
        if self.script.startswith('$"', self.at):
            self.at += 1
            return
        if mark == "$":
            self._dollar(parts)
            return
        parts.glob = parts.glob or mark in "*?[" or (mark == "{" and "," in self.script[self.at : self.at + 200])
        parts.text += mark
        self.at += 1

    def _backslash(self, parts: "_Parts") -> None:
        parts.text += self.script[self.at + 1 : self.at + 2].replace("\n", "")
        self.at += 2

    def _single(self, parts: "_Parts") -> None:
        end = self.find("'", self.at + 1)
        parts.text += self.script[self.at + 1 : end]
        self.at = end + 1

    def _double(self, parts: "_Parts") -> None:
        self.at += 1
        self._until('"', parts)
        self.at += 1

    def expanded_text(self) -> Word:
        """All of the script as text in which expansions happen, as in a here-document."""
        parts = _Parts()
        while self.at < len(self.script):
            self._inside(parts, '"')
        return parts.word()

    def _until(self, end: str, parts: "_Parts") -> None:
        while not self.script.startswith(end, self.at):
            if self.at >= len(self.script):
                raise Unreadable
            self._inside(parts, end)

    def _inside(self, parts: "_Parts", end: str) -> None:
        """One character or expansion in double quotes or braces."""
        mark = self.script[self.at]
        if mark == "\\" and self.script[self.at + 1 : self.at + 2] in ("$", "`", '"', "\\", "\n"):
            self._backslash(parts)
        elif end == "}" and self.script.startswith("$'", self.at):
            raise Unreadable
        elif mark == "$":
            self._dollar(parts)
        elif mark == "`":
            self._backticks(parts)
        elif end == "}" and mark in _QUOTES:
            _QUOTES[mark](self, parts)
        else:
            parts.text += mark
            self.at += 1

    def _dollar(self, parts: "_Parts") -> None:
        after = self.script[self.at + 1 : self.at + 2]
        if after == "(":
            self.at += 1
            self._bracketed(parts, "$")
        elif after == "{":
            parts.dynamic = True
            parts.text += "${"
            self.at += 2
            self._until("}", parts)
            parts.text += "}"
            self.at += 1
        elif name := _NAME.match(self.script, self.at + 1):
            parts.dynamic = True
            parts.text += f"${name[0]}"
            self.at = name.end()
        else:
            parts.text += "$"
            self.at += 1

    def _ansi(self, parts: "_Parts") -> None:
        end = self.at + 2
        while self.script[end : end + 1] != "'":
            if end >= len(self.script):
                raise Unreadable
            end += 2 if self.script[end] == "\\" else 1
        text = self.script[self.at + 2 : end]
        parts.encoded = parts.encoded or bool(ENCODED.search(text))
        parts.quoted = True
        parts.text += decoded(text)
        self.at = end + 1

    def _bracketed(self, parts: "_Parts", before: str) -> None:
        """A command substitution, arithmetic, a process substitution or an array, from its bracket on."""
        end, inside = self.in_brackets()
        text = self.script[self.at + 1 : end]
        parts.dynamic = True
        parts.text += f"{before}({text})"
        arithmetic = before == "$" and _ARITHMETIC.fullmatch(text) and not SUBSHELLS.search(text[1:-1])
        if before and not arithmetic:
            parts.scripts.append(text)
        else:
            parts.scripts += [script for token in inside for script in _scripts(token)]
        self.at = end + 1

    def _backticks(self, parts: "_Parts") -> None:
        end = self.at + 1
        while self.script[end : end + 1] != "`":
            if end >= len(self.script):
                raise Unreadable
            end += 2 if self.script[end] == "\\" else 1
        text = re.sub(r"\\([`$\\])", r"\1", self.script[self.at + 1 : end])
        parts.dynamic = True
        parts.text += f"$({text})"
        parts.scripts.append(text)
        self.at = end + 1

    def find(self, text: str, start: int = -1, *, or_end: bool = False) -> int:
        found = self.script.find(text, self.at if start < 0 else start)
        if found < 0 and not or_end:
            raise Unreadable
        return found if found >= 0 else len(self.script)


class _Parts:
    """A word under construction."""

    def __init__(self) -> None:
        self.text = ""
        self.dynamic = self.glob = self.encoded = self.quoted = False
        self.scripts: list[str] = []

    def word(self) -> Word:
        return Word(
            text=self.text,
            dynamic=self.dynamic,
            glob=self.glob,
            encoded=self.encoded,
            quoted=self.quoted,
            scripts=tuple(self.scripts),
        )


_QUOTES = {
    "'": WordReader._single,
    '"': WordReader._double,
    "\\": WordReader._backslash,
    "`": WordReader._backticks,
}


def _scripts(token: Token) -> tuple[str, ...]:
    if isinstance(token, str):
        return ()
    return token.scripts if isinstance(token, Word) else token.target.scripts


ENCODED = re.compile(r"\\(x[0-9a-fA-F]|[0-7]{2,3}|u[0-9a-fA-F])")


def decoded(text: str) -> str:
    """Text with the escapes of `$'…'` and `printf` resolved."""
    return re.sub(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|u[0-9a-fA-F]{1,4}|.)", _unescape, text, flags=re.DOTALL)


def _unescape(match: re.Match[str]) -> str:
    escape = match[1]
    if escape[0] in "xu" and len(escape) > 1:
        return chr(int(escape[1:], 16))
    if escape[0] in "01234567":
        return chr(int(escape, 8) % 256)
    return {"n": "\n", "t": "\t", "r": "\r", "a": "", "b": "", "e": "", "0": ""}.get(escape, escape)
