"""Calls of programs as a script makes them: directly, and behind wrappers such as `env`, `xargs` and `find`."""

import posixpath
import re
from collections.abc import Iterator, Sequence

import msgspec

from mycoderai.workers.core.risk.find import has_filter, leaves
from mycoderai.workers.core.risk.scope import SET_VARIABLE, Scope, filled_in
from mycoderai.workers.core.risk.shell import Command
from mycoderai.workers.core.risk.shell_words import Unreadable, Word
from mycoderai.workers.core.risk.tables import ALWAYS, PATTERN_FIRST, SUBCOMMANDS

MAX_CALLS = 40


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A program with its arguments."""

    name: str
    """Without its folder."""
    path: Word
    """As it is written."""
    args: tuple[Word, ...]
    command: Command
    scope: Scope

    @property
    def operands(self) -> tuple[Word, ...]:
        """Arguments that are no options."""
        after = next((n for n, arg in enumerate(self.args) if arg.text == "--"), len(self.args))
        before = (arg for arg in self.args[:after] if not arg.text.startswith("-") or arg.text == "-")
        return (*before, *self.args[after + 1 :])

    @property
    def flags(self) -> frozenset[str]:
        """Letters of short options, names of long ones."""
        found: set[str] = set()
        for text in (arg.text for arg in self.args):
            if text == "--":
                break
            if text.startswith("--"):
                found.add(text[2:].partition("=")[0])
            elif text.startswith("-"):
                found.update(text[1:])
        return frozenset(found)

    @property
    def files(self) -> tuple[Word, ...]:
        """Operands that may be paths."""
        return self.operands[1:] if self.name in PATTERN_FIRST and "e" not in self.flags else self.operands


class _Wrapper(msgspec.Struct, frozen=True):
    """How to find the command in the arguments of a program that runs another one."""

    with_value: str = ""
    """Options whose value is the next argument."""
    skip: int = 0
    """Operands before the command."""


_WRAPPERS = {
    "sudo": _Wrapper("-u -g -h -p -C -r -t -T -U -D -R"),
    "doas": _Wrapper("-u -C"),
    "env": _Wrapper("-u -C -S --unset --chdir"),
    "nohup": _Wrapper(),
    "setsid": _Wrapper(),
    "time": _Wrapper("-f -o"),
    "timeout": _Wrapper("-k -s --signal --kill-after", 1),
    "nice": _Wrapper("-n --adjustment"),
    "ionice": _Wrapper("-c -n"),
    "stdbuf": _Wrapper("-i -o -e"),
    "command": _Wrapper(),
    "builtin": _Wrapper(),
    "exec": _Wrapper("-a"),
    "xargs": _Wrapper("-n -P -I -L -d -a -s -E --max-args --max-procs --delimiter --arg-file"),
    "parallel": _Wrapper("-j -a -I --jobs"),
    "watch": _Wrapper("-n"),
    "flock": _Wrapper("-w -E", 1),
    "strace": _Wrapper("-e -o -p -s"),
    "ltrace": _Wrapper("-e -o"),
    "valgrind": _Wrapper(),
    "chroot": _Wrapper("", 1),
    "unshare": _Wrapper(),
    "busybox": _Wrapper(),
}
_RUNNERS = frozenset({"uv", "poetry", "pipenv", "pdm", "hatch", "coverage", "conda"})
"""`uv run CMD` and the like."""
_LISTERS = frozenset({"find", "fd", "git", "grep", "rg", "ls"})
_EXECS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


def first_call(command: Command, scope: Scope) -> Call | None:
    words = tuple(filled_in(word, scope) for word in command.words)
    return _call(words, command, scope) if words else None


def _call(words: Sequence[Word], command: Command, scope: Scope) -> Call:
    return Call(name=program_name(words[0].text), path=words[0], args=tuple(words[1:]), command=command, scope=scope)


def program_name(path: str) -> str:
    name = posixpath.basename(path)
    return "python" if re.fullmatch(r"(python|pypy)[\d.]*", name) else re.sub(r"^(pip)[\d.]+$", r"\1", name)


def calls_of(command: Command, scope: Scope) -> Iterator[Call]:
    """The call of a command and those it makes in turn. Raises Unreadable when there is no end to them."""
    waiting = [call] if (call := first_call(command, scope)) else []
    for _ in range(MAX_CALLS):
        if not waiting:
            return
        yield (call := waiting.pop())
        waiting += inner(call)
    raise Unreadable


def inner(call: Call) -> list[Call]:
    """The calls it makes itself, as far as they stand in its arguments."""
    if call.name == "find":
        return _of_find(call)
    if call.name == "python" and call.args:
        return _of_python(call)
    if call.name in _RUNNERS and call.args and call.args[0].text == "run":
        return _behind(call, _Wrapper(), call.args[1:])
    wrapper = _WRAPPERS.get(call.name)
    return _behind(call, wrapper, call.args) if wrapper else []


def _of_python(call: Call) -> list[Call]:
    """`python -m pip`; a module or script that is not known is the project's own code."""
    words = call.args[1:] if call.args[0].text == "-m" else call.args
    known = words and (words[0].text in ALWAYS or program_name(words[0].text) in SUBCOMMANDS)
    return [_call(words, call.command, call.scope)] if known else []


def _behind(call: Call, wrapper: _Wrapper, args: Sequence[Word]) -> list[Call]:
    values = wrapper.with_value.split()
    skip, at = wrapper.skip, 0
    while at < len(args):
        text = args[at].text
        if text.startswith("-"):
            at += 2 if text in values else 1
        elif call.name in ("env", "sudo") and SET_VARIABLE.match(text):
            at += 1
        elif skip:
            skip, at = skip - 1, at + 1
        else:
            break
    words = list(args[at:])
    if not words or (call.name == "command" and call.flags & {"v", "V"}):
        return []
    if call.name in ("xargs", "parallel"):
        words = _with_piped(words, call)
    return [_call(words, call.command, call.scope)]


def _with_piped(words: list[Word], call: Call) -> list[Word]:
    """The command with what comes through the pipe: files of the workspace where a program lists them."""
    lister = call.command.feeders[0] if call.command.feeders else None
    listed = lister is not None and _lists_some_files(lister, call.scope)
    piped = Word(text="./listed") if listed else Word(text="$piped", dynamic=True)
    if any("{}" in word.text for word in words):
        return [
            msgspec.structs.replace(piped, text=w.text.replace("{}", piped.text)) if "{}" in w.text else w
            for w in words
        ]
    return [*words, piped]


def _lists_some_files(command: Command, scope: Scope) -> bool:
    call = first_call(command, scope)
    if call is None or call.name not in _LISTERS:
        return False
    return call.name not in ("find", "fd") or (has_filter(call.args) and not leaves(call.args, call.scope))


def _of_find(call: Call) -> list[Call]:
    """What `-exec` runs, with a file of those it finds."""
    calls = []
    args = list(call.args)
    while (start := next((n for n, arg in enumerate(args) if arg.text in _EXECS), -1)) >= 0:
        end = next((n for n, arg in enumerate(args) if n > start and arg.text in (";", "+")), len(args))
        found = (
            Word(text="./found")
            if has_filter(call.args) and not leaves(call.args, call.scope)
            else Word(text="*", glob=True)
        )
        found = Word(text="/found") if leaves(call.args, call.scope) else found
        words = [found if word.text == "{}" else word for word in args[start + 1 : end]]
        calls += [_call(words, call.command, call.scope)] if words else []
        args = args[end + 1 :]
    return calls
