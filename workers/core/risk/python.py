"""What Python code that stands in a command does, as far as its own text says it."""

import ast
import re
from collections.abc import Iterable

import msgspec

from mycoderai.workers.core.risk.paths import (
    is_credential,
    is_raw_disk,
    is_run_by_others,
    is_secret_name,
    is_top,
    place,
)
from mycoderai.workers.core.risk.shell_words import Word
from mycoderai.workers.core.risk.tables import Risk

MAX_CODE = 30_000


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    risks: tuple[Risk, ...] = ()
    scripts: tuple[str, ...] = ()
    """Commands it gives to a shell, or runs."""
    codes: tuple[str, ...] = ()
    """Python code it runs in turn."""


_MODULES = {
    name: risk
    for risk, names in {
        Risk.NETWORK: "socket urllib urllib3 http requests httpx aiohttp ftplib smtplib telnetlib paramiko websockets",
        Risk.UNCERTAIN: "ctypes pty",
    }.items()
    for name in names.split()
}
_RUNS = frozenset({"system", "popen", "Popen", "run", "call", "check_call", "check_output", "getoutput", "spawn"})
_RUNNERS = frozenset({"os", "subprocess", "commands", "__import__"})
_CALLS = {
    "removedirs": Risk.DELETES,
    "kill": Risk.KILLS,
    "killpg": Risk.KILLS,
    "chown": Risk.PERMISSIONS,
    "fork": Risk.UNCERTAIN,
    "setuid": Risk.OTHER_USER,
}
_OF_ONE = frozenset({"get", "setdefault", "pop"})
_EVALUATES = frozenset({"eval", "exec", "compile", "__import__"})
_DECODES = re.compile(r"b64decode|fromhex|unhexlify|a85decode|b85decode|marshal|rot.?13|codecs")


def read_python(code: str) -> Reading:
    try:
        tree = ast.parse(code if len(code) <= MAX_CODE else "(")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Reading(risks=(Risk.UNCERTAIN,))
    reader = _Reader(code)
    nodes = list(ast.walk(tree))
    for node in nodes:
        reader.note(node)
    for node in nodes:
        reader.look(node)
    return Reading(risks=tuple(reader.risks), scripts=tuple(reader.scripts), codes=tuple(reader.codes))


class _Reader:
    def __init__(self, code: str) -> None:
        self._decodes = _DECODES.search(code) is not None
        self._named: set[int] = set()
        self.risks: list[Risk] = []
        self.scripts: list[str] = []
        self.codes: list[str] = []

    def note(self, node: ast.AST) -> None:
        """Uses of the environment that show nothing: one variable by name, or all of it for a child process."""
        match node:
            case ast.Subscript(value=ast.Attribute(attr="environ") as environment, slice=key):
                self._variable(environment, [key])
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="environ") as environment, attr=verb), args=args):
                self._variable(environment, args[:1] if verb in _OF_ONE else [])
            case ast.keyword(arg="env"):
                self._named.update(id(part) for part in ast.walk(node))

    def _variable(self, environment: ast.Attribute, key: list[ast.expr]) -> None:
        if (names := _texts(key)) and not is_secret_name(names[0]):
            self._named.add(id(environment))

    def look(self, node: ast.AST) -> None:
        match node:
            case ast.Import(names=names):
                self._imports(alias.name for alias in names)
            case ast.ImportFrom(module=str(module)):
                self._imports([module])
            case ast.Call():
                self._call(node)
            case ast.Constant(value=str(text)) if " " not in text and is_credential(text):
                self.risks.append(Risk.CREDENTIALS)
            case ast.While(body=body) if any("fork()" in ast.unparse(part) for part in body):
                self.risks.append(Risk.FORK_BOMB)
            case ast.Attribute(attr="environ") if id(node) not in self._named:
                self.risks.append(Risk.CREDENTIALS)

    def _imports(self, names: Iterable[str]) -> None:
        self.risks += [_MODULES[top] for name in names if (top := name.partition(".")[0]) in _MODULES]

    def _call(self, node: ast.Call) -> None:
        name, owner = _name(node.func), _owner(node.func)
        if name in _EVALUATES and owner in ("", "builtins") and not _texts(node.args[:1]):
            self.risks.append(Risk.OBFUSCATED if self._decodes else Risk.UNCERTAIN)
        elif name in ("eval", "exec") and not owner:
            self.codes += _texts(node.args[:1])
        elif name == "getattr" and (not (texts := _texts(node.args[1:2])) or texts[0] in _RUNS):
            self.risks.append(Risk.UNCERTAIN)
        elif name in _RUNS and (owner in _RUNNERS or name in ("system", "popen", "Popen", "check_output")):
            self._runs(node)
        elif name in _CALLS:
            self.risks.append(_CALLS[name])
        elif name == "rmtree" and not any(_is_part(path) for path in _texts(node.args[:1])):
            self.risks.append(Risk.DELETES)
        elif name in ("open", "write_text", "write_bytes", "remove", "unlink"):
            self._file(name, node)
        elif name in ("getenv", "get") and any(is_secret_name(text) for text in _texts(node.args)):
            self.risks.append(Risk.CREDENTIALS)

    def _runs(self, node: ast.Call) -> None:
        argument = node.args[0] if node.args else None
        if isinstance(argument, ast.List | ast.Tuple):
            words = [_python_itself(part) for part in argument.elts]
            self.scripts += [" ".join(map(_quoted, _texts(words)))] if len(_texts(words)) == len(words) else []
            self.risks += [] if len(_texts(words)) == len(words) else [Risk.UNCERTAIN]
        else:
            texts = _texts([argument]) if argument else []
            self.scripts += texts
            self.risks += [] if texts else [Risk.UNCERTAIN]

    def _file(self, name: str, node: ast.Call) -> None:
        mode = "".join(_texts(node.args[1:2])) or "".join(_texts([k.value for k in node.keywords if k.arg == "mode"]))
        target = node.args[:1]
        if name.startswith("write") or name == "unlink":
            mode, target = "w", _path_of(node.func)
        for path in _texts(target):
            if name == "remove" or set(mode) & set("wax+"):
                self._written(path, Risk.OUTSIDE if name not in ("remove", "unlink") else Risk.DELETES)

    def _written(self, path: str, outside: Risk) -> None:
        if is_run_by_others(path):
            self.risks.append(Risk.CI)
        if is_raw_disk(path):
            self.risks.append(Risk.DISK)
        elif place(Word(text=path)) == "outside":
            self.risks.append(outside)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _owner(function: ast.expr) -> str:
    value = function.value if isinstance(function, ast.Attribute) else None
    if isinstance(value, ast.Call):
        return _name(value.func)
    return value.id if isinstance(value, ast.Name) else ""


def _path_of(function: ast.expr) -> list[ast.expr]:
    """The argument of `Path(…)` in `Path(…).write_text`."""
    value = function.value if isinstance(function, ast.Attribute) else None
    return value.args[:1] if isinstance(value, ast.Call) else []


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def _python_itself(node: ast.expr) -> ast.expr:
    """`sys.executable` as the name it stands for."""
    return ast.Constant("python") if isinstance(node, ast.Attribute) and node.attr == "executable" else node


def _is_part(path: str) -> bool:
    """Of the workspace, and not all of it."""
    word = Word(text=path)
    return place(word) in ("inside", "scratch") and not is_top(word)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
