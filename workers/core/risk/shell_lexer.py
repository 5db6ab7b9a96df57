"""The words and operators of a shell script, in order.

Promises one thing above all: what it returns is what bash would see. Where that is not certain, it raises Unreadable.
"""

import re

from mycoderai.workers.core.risk.shell_words import SUBSHELLS, Redirect, Token, Unreadable, Word, WordReader

MAX_CHARS = 60_000
MAX_TOKENS = 3000
_OPERATOR = re.compile(r";;&|&&|\|\||;;|;&|\|&|[|&;()\n]")
_REDIRECT = re.compile(r"(?:\d+|\{\w+\})?(<<<|<<-|<<|<&|<>|>>|>&|>\||<(?!\()|>(?!\())|(&>>|&>)")
RESERVED = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "coproc"})


def tokens(script: str, depth: int = 0) -> list[Token]:
    """Raises Unreadable."""
    if len(script) > MAX_CHARS or "\0" in script:
        raise Unreadable
    lexer = _Lexer(script, 0, depth)
    lexer.run()
    if lexer.at < len(script) or len(lexer.tokens) > MAX_TOKENS:
        raise Unreadable  # a bracket that nobody opened, or more than anybody would write
    return lexer.tokens


class _Lexer(WordReader):
    def __init__(self, script: str, at: int, depth: int) -> None:
        super().__init__(script, at, depth)
        self.tokens: list[Token] = []
        self._brackets = 0
        self._cases = 0
        self._documents: list[tuple[int, bool, bool]] = []

    def run(self) -> None:
        """Up to the end, or to a bracket that closes one opened before."""
        while self.at < len(self.script):
            rest = self.script[self.at]
            if rest in " \t" or self.script.startswith("\\\n", self.at):
                self.at += 1 if rest in " \t" else 2
            elif rest == "#":
                self.at = self.find("\n", or_end=True)
            elif redirect := _REDIRECT.match(self.script, self.at):
                self._redirect(redirect)
            elif self.script.startswith("((", self.at) and self._starts_command(("for",)):
                self._arithmetic()
            elif operator := _OPERATOR.match(self.script, self.at):
                if not self._operator(operator[0]):
                    return
            else:
                self._keep(self.word())
        if self._brackets:
            raise Unreadable
        self._read_documents()

    def _starts_command(self, also_after: tuple[str, ...] = ()) -> bool:
        last = self.tokens[-1] if self.tokens else "\n"
        return isinstance(last, str) or (isinstance(last, Word) and last.text in {*RESERVED, *also_after})

    def _keep(self, word: Word) -> None:
        if word.text == "case" and not word.quoted and self._starts_command():
            self._cases += 1
        if word.text == "esac" and self._starts_command():
            self._cases -= 1
        self.tokens.append(word)

    def _operator(self, operator: str) -> bool:
        """False at a bracket that closes what is not ours."""
        if operator == ")" and not self._brackets and not self._cases:
            return False
        self._brackets += {"(": 1, ")": -1 if self._brackets else 0}.get(operator, 0)
        self.at += len(operator)
        self.tokens.append(operator)
        if operator == "\n":
            self._read_documents()
        return True

    def _redirect(self, match: re.Match[str]) -> None:
        operator = match[1] or match[2]
        self.at = match.end()
        while self.at < len(self.script) and self.script[self.at] in " \t":
            self.at += 1
        start = self.at
        target = self.word()
        if self.at == start:
            raise Unreadable
        if operator in ("<<", "<<-"):
            quoted = any(mark in self.script[start : self.at] for mark in "'\"\\")
            self._documents.append((len(self.tokens), operator == "<<-", quoted))
        self.tokens.append(Redirect(operator=operator, target=target))

    def _read_documents(self) -> None:
        """The here-documents of the line that just ended."""
        for index, tabs, quoted in self._documents:
            redirect = self.tokens[index]
            assert isinstance(redirect, Redirect)  # noqa: S101
            body = self._document(redirect.target.text, tabs)
            word = Word(text=body) if quoted else _Lexer(body, 0, self.depth + 1).expanded_text()
            self.tokens[index] = Redirect(operator="<<", target=word)
        self._documents.clear()

    def _document(self, delimiter: str, tabs: bool) -> str:
        lines: list[str] = []
        while self.at < len(self.script):
            end = self.find("\n", or_end=True)
            line = self.script[self.at : end]
            self.at = min(end + 1, len(self.script))
            line = line.lstrip("\t") if tabs else line
            if line == delimiter:
                break
            lines.append(line)
        return "\n".join(lines)

    def _arithmetic(self) -> None:
        end = self.script.find("))", self.at)
        if end < 0 or SUBSHELLS.search(self.script, self.at + 2, end):
            raise Unreadable
        self.tokens.append(Word(text="(("))
        self.at = end + 2

    def in_brackets(self) -> tuple[int, list[Token]]:
        inner = _Lexer(self.script, self.at + 1, self.depth + 1)
        inner.run()
        if inner.at >= len(self.script):
            raise Unreadable
        return inner.at, inner.tokens
