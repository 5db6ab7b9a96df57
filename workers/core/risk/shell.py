"""The simple commands of a shell script, in order, whatever stands around them: pipes, loops, functions, conditions."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from mycoderai.workers.core.risk.shell_lexer import RESERVED, tokens
from mycoderai.workers.core.risk.shell_words import Redirect, Token, Unreadable, Word

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[[^]]*\])?\+?=")
_ENDS = frozenset({"fi", "done", "esac", "}"})
_GROUPS = frozenset({"{", "if", "while", "until", "for", "select", "case"})


class Command(msgspec.Struct, frozen=True, kw_only=True):
    words: tuple[Word, ...] = ()
    """The program and its arguments; without assignments in front and without reserved words."""
    assignments: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    feeders: tuple["Command", ...] = ()
    """The commands whose output is piped into it."""

    @property
    def all_words(self) -> tuple[Word, ...]:
        return (*self.words, *self.assignments, *(redirect.target for redirect in self.redirects))

    @property
    def typed_in(self) -> Word | None:
        """What it reads, where the script itself holds it."""
        texts = [redirect.target for redirect in self.redirects if redirect.operator in ("<<", "<<<")]
        return texts[-1] if texts else None


class Script(msgspec.Struct, frozen=True, kw_only=True):
    commands: tuple[Command, ...]
    functions: frozenset[str] = frozenset()


def parse(script: str, depth: int = 0) -> Script:
    """Raises Unreadable."""
    parser = _Parser(tokens(script, depth))
    parser.run()
    return Script(commands=tuple(parser.commands), functions=frozenset(parser.functions))


class _Parser:
    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._at = 0
        self.commands: list[Command] = []
        self.functions: list[str] = []
        self._feeders: tuple[Command, ...] = ()
        self._feed_all: tuple[Command, ...] = ()
        self._closed = False
        self._begin()

    def _begin(self) -> None:
        self._words: list[Word] = []
        self._assignments: list[Word] = []
        self._redirects: list[Redirect] = []

    def run(self) -> None:
        while (token := self._next()) is not None:
            if isinstance(token, Redirect):
                self._redirects.append(token)
            elif isinstance(token, Word):
                self._word(token)
            else:
                self._operator(token)
        self._end()

    def _next(self) -> Token | None:
        if self._at >= len(self._tokens):
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self, offset: int = 0) -> Token | None:
        at = self._at + offset
        return self._tokens[at] if at < len(self._tokens) else None

    def _word(self, word: Word) -> None:
        if self._words or word.quoted:
            self._words.append(word)
        elif word.text in _ENDS:
            self._closed = True
        elif word.text == "case":
            self._case()
        elif word.text == "[[":
            self._condition()
        elif word.text == "function" and isinstance(name := self._next(), Word):
            self.functions.append(name.text)
        elif self._peek() == "(" and self._peek(1) == ")":
            self._at += 2
            self.functions.append(word.text)
        elif _ASSIGNMENT.match(word.text):
            self._assignments.append(word)
        elif word.text not in RESERVED:
            self._words.append(word)

    def _operator(self, operator: str) -> None:
        closed = self._closed or operator == ")"
        command = self._end()
        if operator in ("|", "|&"):
            # What feeds a pipe from a loop or group is not worked out: everything before it may.
            self._feeders = tuple(self.commands) if closed or command is None else (*self._feeders, command)
            if self._opens_group():
                self._feed_all = self._feeders
        elif operator not in ("(", ")") and not (operator == "\n" and self._after_pipe()):
            self._feeders = ()
        self._closed = operator == ")"
        if operator in (";;", ";&", ";;&"):
            self._pattern()

    def _opens_group(self) -> bool:
        """Whether what reads from the pipe is a group or loop, so that any command in it may."""
        following = self._peek(1) if self._peek() == "\n" else self._peek()
        return following == "(" or (isinstance(following, Word) and following.text in _GROUPS)

    def _after_pipe(self) -> bool:
        return self._at >= 2 and self._tokens[self._at - 2] in ("|", "|&")

    def _end(self) -> Command | None:
        """The command that has been read, kept; None when there was nothing."""
        if not (self._words or self._assignments or self._redirects):
            return None
        command = Command(
            words=tuple(self._words),
            assignments=tuple(self._assignments),
            redirects=tuple(self._redirects),
            feeders=self._feeders or self._feed_all,
        )
        self.commands.append(command)
        self._begin()
        return command

    def _case(self) -> None:
        """`case WORD in PATTERN)`: the word may hold substitutions, the pattern runs nothing."""
        subject: list[Word] = []
        while isinstance(token := self._next(), Word) and token.text != "in":
            subject.append(token)
        if not isinstance(token, Word):
            raise Unreadable
        self.commands.append(Command(words=(Word(text="case"), *subject)))
        self._pattern()

    def _pattern(self) -> None:
        while self._peek() == "\n":
            self._at += 1
        if isinstance(first := self._peek(), Word) and first.text == "esac":
            return
        scripts = tuple(self._up_to(")"))
        self.commands.append(Command(words=(Word(text="case"), *scripts)))

    def _condition(self) -> None:
        """`[[ … ]]`: operators in it compare and join."""
        self._words = [Word(text="[["), *self._up_to("]]")]

    def _up_to(self, end: str) -> Iterator[Word]:
        while (token := self._next()) is not None:
            if token == end or (isinstance(token, Word) and token.text == end):
                return
            if isinstance(token, Word | Redirect):
                yield token if isinstance(token, Word) else token.target
        raise Unreadable
