"""What a shell script may do that a person should see first, read through everything it runs in turn."""

import re
from collections.abc import Callable, Iterable

from mycoderai.workers.core.risk.calls import Call, calls_of
from mycoderai.workers.core.risk.paths import names_secret
from mycoderai.workers.core.risk.python import read_python
from mycoderai.workers.core.risk.rules import of_paths, of_program, redirected
from mycoderai.workers.core.risk.scope import Scope
from mycoderai.workers.core.risk.shell import Command, parse
from mycoderai.workers.core.risk.shell_lexer import MAX_CHARS
from mycoderai.workers.core.risk.shell_words import Unreadable, Word
from mycoderai.workers.core.risk.sources import is_fetched, said, shows_files, source_risk
from mycoderai.workers.core.risk.survey import scope_of
from mycoderai.workers.core.risk.tables import INTERPRETERS, SHELLS, Risk

MAX_NESTING = 8
_CODE_OPTIONS = {
    "python": ("-c",),
    "perl": ("-e", "-E", "-pe", "-ne", "-i", "-pi"),
    "ruby": ("-e",),
    "node": ("-e", "-p", "--eval", "--print"),
    "php": ("-r",),
    "lua": ("-e",),
    "deno": ("eval",),
    "bun": ("-e", "--eval"),
    "Rscript": ("-e",),
}
_REACHES_OUT = re.compile(
    r"\b(system|exec\w*|popen|spawn\w*|child_process|fork|eval|IO\.|File\.|fs\b|unlink\w*|socket|https?|net|ENV|env)\b|`"
)
_GIVES_NO_CODE = frozenset({"-m", "-V", "--version", "-h", "--help", "-v"})
_FORK_BOMB = re.compile(r"(?<![\w:.])([\w:.]{1,80})\s*\(\)\s*\{[^}]*?(?<![\w:.])\1\s*[|&]\s*\1(?![\w:.])[^}]*\}")
_TAKES_SCRIPT = SHELLS | {"eval", "trap", "alias", "su"}
Read = Callable[[str, Scope], None]


def read_shell(script: str) -> tuple[Risk, ...]:
    """The risks, the gravest first."""
    reader = _Reader()
    reader.script(script, Scope())
    return tuple(risk for risk in Risk if risk in reader.risks)


class _Reader:
    def __init__(self) -> None:
        self.risks: set[Risk] = set()
        self._nesting = 0

    def script(self, text: str, scope: Scope) -> None:
        if len(text) <= MAX_CHARS and _FORK_BOMB.search(text):
            self.risks.add(Risk.FORK_BOMB)
        self._nesting += 1
        try:
            self._commands(text, scope)
        except Unreadable:
            self.risks.add(Risk.UNCERTAIN)
        self._nesting -= 1

    def _commands(self, text: str, scope: Scope) -> None:
        if self._nesting > MAX_NESTING:
            raise Unreadable
        script = parse(text)
        inside = scope_of(script, scope)
        for command in script.commands:
            self._command(command, inside)

    def _command(self, command: Command, scope: Scope) -> None:
        for nested in (script for word in command.all_words for script in word.scripts):
            self.script(nested, scope)
        for redirect in command.redirects:
            self.risks.update(redirected(redirect, scope))
        if any(word.dynamic and names_secret(word.text) for word in command.all_words):
            self.risks.add(Risk.CREDENTIALS)
        for call in calls_of(command, scope):
            self._call(call)

    def _call(self, call: Call) -> None:
        if call.path.dynamic or call.path.encoded or (call.path.glob and call.name not in ("[", "[[")):
            self.risks.add(Risk.OBFUSCATED if call.path.encoded else Risk.UNCERTAIN)
            self._run_outputs(call.path, call.scope)
            return
        self.risks.update(of_program(call))
        self.risks.update(of_paths(call))
        if is_fetched(call):
            self.risks.add(Risk.FETCH_EXEC)
        if call.name in _TAKES_SCRIPT:
            self._shell(call)
        elif call.name in ("source", "."):
            self._run_file(call)
        elif call.name in INTERPRETERS:
            self._interpreter(call)

    def _shell(self, call: Call) -> None:
        """Shells, and builtins that run what they are given."""
        if any(arg.encoded for arg in call.args):
            self.risks.add(Risk.OBFUSCATED)
        given = _given_scripts(call)
        for text in given:
            self.script(text, call.scope)
        if call.name in SHELLS and not given:
            self._run_file(call)
            if not _file_operands(call) or "s" in call.flags:
                self._typed_in(call, self.script)

    def _interpreter(self, call: Call) -> None:
        options = _CODE_OPTIONS.get(call.name, ())
        at = next((n for n, arg in enumerate(call.args) if arg.text in options), None)
        if at is not None:
            codes = call.args[at + 1 : at + 2] if call.name == "python" else call.args[at + 1 :]
            for code in codes:
                self._code(call.name, code.text, call.scope)
        elif not any(arg.text in _GIVES_NO_CODE for arg in call.args):
            self._run_file(call)
            if not _file_operands(call):
                self._typed_in(call, lambda code, scope: self._code(call.name, code, scope))

    def _code(self, language: str, code: str, scope: Scope) -> None:
        if language != "python":
            self.risks.update([Risk.UNCERTAIN] if _REACHES_OUT.search(code) else [])
            return
        found = read_python(code)
        self.risks.update(found.risks)
        self._nesting += 1
        for script in found.scripts:
            self.script(script, scope)
        for nested in found.codes if self._nesting <= MAX_NESTING else ():
            self._code("python", nested, scope)
        self._nesting -= 1

    def _run_file(self, call: Call) -> None:
        """Where the file to run is named by a substitution, such as `<(curl …)`."""
        for word in call.operands[:1]:
            self._run_outputs(word, call.scope)

    def _run_outputs(self, word: Word, scope: Scope) -> None:
        for script in word.scripts:
            try:
                self.risks.add(source_risk(parse(script).commands, scope) or Risk.UNCERTAIN)
            except Unreadable:
                self.risks.add(Risk.UNCERTAIN)

    def _typed_in(self, call: Call, read: Read) -> None:
        """What a shell or interpreter reads when it is given no file."""
        command = call.command
        if (typed := command.typed_in) is not None:
            read(typed.text, call.scope)
        elif command.feeders and not any(redirect.operator == "<" for redirect in command.redirects):
            self._piped(command.feeders, call.scope, read)
        for redirect in command.redirects:
            self._run_outputs(redirect.target, call.scope)

    def _piped(self, feeders: tuple[Command, ...], scope: Scope, read: Read) -> None:
        text = said(feeders, scope)
        if text is not None:
            read(text, scope)
        elif not shows_files(feeders, scope):
            self.risks.add(source_risk(feeders, scope) or Risk.UNCERTAIN)


def _given_scripts(call: Call) -> list[str]:
    """Scripts in the arguments."""
    if call.name == "eval":
        return [" ".join(arg.text for arg in call.args)]
    if call.name == "trap":
        return [word.text for word in call.operands[:1] if word.text != "-"]
    if call.name == "alias":
        return [word.text.partition("=")[2] for word in call.operands if "=" in word.text]
    at = next((n for n, arg in enumerate(call.args) if _asks_for_script(arg)), None)
    return [] if at is None else _texts(word for word in call.args[at + 1 :] if not word.text.startswith("-"))


def _asks_for_script(arg: Word) -> bool:
    return arg.text == "--command" or (re.fullmatch(r"-[a-zA-Z]*c[a-zA-Z]*", arg.text) is not None)


def _texts(words: Iterable[Word]) -> list[str]:
    return [word.text for word in words][:1]


def _file_operands(call: Call) -> list[Word]:
    """The file to run and its arguments; `-` and `/dev/stdin` are what is typed in."""
    operands = [word for word in call.operands if word.text not in ("pipefail", "errexit", "posix")]
    return [] if operands and operands[0].text in ("-", "/dev/stdin") else operands
