"""Programs that are a risk with some arguments and harmless with others."""

import re
from collections.abc import Callable, Iterable, Iterator

from mycoderai.workers.core.risk.calls import Call
from mycoderai.workers.core.risk.find import has_filter, leaves
from mycoderai.workers.core.risk.paths import is_secret_name, is_top, place
from mycoderai.workers.core.risk.shell_words import Word
from mycoderai.workers.core.risk.tables import WRITERS, Risk

Check = Callable[[Call], Iterable[Risk]]


def deletes(call: Call) -> Iterator[Risk]:
    recursive = bool(call.flags & {"r", "R", "recursive"})
    for target in call.operands:
        where = place(target, moved=call.scope.moved)
        if where == "outside" or (is_top(target) and (recursive or target.glob)):
            yield Risk.DELETES
        elif where == "unknown" or target.dynamic:
            yield Risk.DELETES if recursive else Risk.UNCERTAIN
    if "no-preserve-root" in call.flags:
        yield Risk.DELETES


def _find(call: Call) -> Iterator[Risk]:
    deleting = any(arg.text == "-delete" for arg in call.args)
    if deleting and (leaves(call.args, call.scope) or not has_filter(call.args)):
        yield Risk.DELETES


def _chmod(call: Call) -> Iterator[Risk]:
    mode = call.operands[0].text if call.operands else ""
    outside = any(place(word) == "outside" for word in call.operands[1:])
    if outside or call.flags & {"R", "recursive"} or _MODES.fullmatch(mode):
        yield Risk.PERMISSIONS


_MODES = re.compile(r"[ugoa]*[+=][rwxX]*s\w*|[oa]*\+\w*w\w*|.*o[+=]\w*w.*|[1-7]\d{3}|0?\d?\d[2367]")
"""Of files that run as somebody else, or that everybody may write."""


def _kill(call: Call) -> Iterator[Risk]:
    own = {f"${name}" for name in ("!", *call.scope.own_jobs)} | {f"${{{name}}}" for name in call.scope.own_jobs}
    targets = [word for word in call.args if not re.fullmatch(r"-(\d+|[A-Z][A-Z0-9]*|s|n|SIG[A-Z0-9]+)", word.text)]
    if call.flags & {"l", "L"} or any(word.text == "-0" for word in call.args):
        return
    if any(word.text not in own and not re.match(r"%|\$\(jobs", word.text) for word in targets):
        yield Risk.KILLS


def _environment(call: Call) -> Iterator[Risk]:
    named = [word for word in call.args if not word.text.startswith("-")]
    if not named or any(is_secret_name(word.text) for word in named if "=" not in word.text):
        yield Risk.CREDENTIALS


def _declare(call: Call) -> Iterator[Risk]:
    if not call.operands and call.flags <= {"p", "x"}:
        yield Risk.CREDENTIALS


def _set(call: Call) -> Iterator[Risk]:
    if not call.args:
        yield Risk.CREDENTIALS


def _unless(risk: Risk, *harmless: str) -> Check:
    """A risk but for some subcommands or options."""

    def check(call: Call) -> Iterator[Risk]:
        if not any(arg.text in harmless for arg in call.args[:3]):
            yield risk

    return check


_LOOPBACK = re.compile(r"(https?://)?([^@/]*@)?(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)(:[\d$]\S*|/\S*)?")


def _curl(call: Call) -> Iterator[Risk]:
    if not any(_LOOPBACK.fullmatch(word.text) for word in call.args) or any(_elsewhere(arg) for arg in call.args):
        yield Risk.NETWORK


def _elsewhere(word: Word) -> bool:
    return "://" in word.text and _LOOPBACK.fullmatch(word.text) is None


def _awk(call: Call) -> Iterator[Risk]:
    if any(re.search(r"system\s*\(|\|\s*(getline|\")|\|&", word.text) for word in call.args):
        yield Risk.UNCERTAIN


def _sed(call: Call) -> Iterator[Risk]:
    """GNU sed runs commands with `e`, as a command and as a flag, and writes files with `w`."""
    if any(re.search(r"(^|[;{}\d$/])\s*[ew]\s+\S|/[gpiI\d]*e[gpiI\d]*$", word.text) for word in call.operands[:1]):
        yield Risk.UNCERTAIN


def _openssl(call: Call) -> Iterator[Risk]:
    if call.operands and call.operands[0].text in ("s_client", "s_server", "ocsp", "cmp"):
        yield Risk.NETWORK


def _remote_copy(call: Call) -> Iterator[Risk]:
    if any(re.match(r"[^/=]+:|rsync://", word.text) for word in call.operands) or "e" in call.flags:
        yield Risk.NETWORK
    if "delete" in call.flags:
        yield Risk.DELETES


def _packages(call: Call) -> Iterator[Risk]:
    """Package managers that install when they are called with nothing."""
    if not call.operands and not call.flags & {"v", "version", "help", "h"}:
        yield Risk.PACKAGES


def writes(call: Call) -> Iterator[Risk]:
    """Programs that write what they name: is that in the workspace?"""
    if call.name not in WRITERS or (call.name == "sed" and not call.flags & {"i", "in-place"}):
        return
    for word in written(call):
        if place(word, moved=call.scope.moved and word.text.startswith("..")) == "outside":
            yield Risk.OUTSIDE


def written(call: Call) -> list[Word]:
    """What the call may write; of copies only where they go."""
    files = list(call.files)
    targets = [arg.text.partition("=")[2] for arg in call.args if arg.text.startswith("--target-directory=")]
    if call.name in ("cp", "ln", "install", "rsync") and not call.flags & {"t", "target-directory"}:
        return files[-1:]
    if call.name in ("tar", "unzip"):
        return [after for arg, after in zip(call.args, call.args[1:], strict=False) if arg.text in ("-C", "-d")]
    return [*files, *(Word(text=text) for text in targets)]


CHECKS: dict[str, tuple[Check, ...]] = {
    "rm": (deletes,),
    "rmdir": (deletes,),
    "unlink": (deletes,),
    "shred": (deletes,),
    "find": (_find,),
    "chmod": (_chmod,),
    "kill": (_kill,),
    "env": (lambda call: _environment(call) if not call.operands else (),),
    "printenv": (_environment,),
    "set": (_set,),
    "export": (_declare,),
    "declare": (_declare,),
    "typeset": (_declare,),
    "crontab": (_unless(Risk.PERSISTS, "-l"),),
    "systemctl": (
        _unless(Risk.PERSISTS, "status", "show", "cat", "is-active", "is-enabled", "list-units", "list-unit-files"),
    ),
    "service": (_unless(Risk.PERSISTS, "status"),),
    "curl": (_curl,),
    "rsync": (_remote_copy,),
    "openssl": (_openssl,),
    "awk": (_awk,),
    "gawk": (_awk,),
    "mawk": (_awk,),
    "sed": (_sed,),
    "yarn": (_packages,),
}
