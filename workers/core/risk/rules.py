"""What one call of a program, or one redirection, may do that a person should see first."""

import re
from collections.abc import Iterator

from mycoderai.workers.core.risk import paths
from mycoderai.workers.core.risk.calls import Call
from mycoderai.workers.core.risk.git import check_git
from mycoderai.workers.core.risk.programs import CHECKS, writes, written
from mycoderai.workers.core.risk.scope import Scope, filled_in
from mycoderai.workers.core.risk.shell_words import Redirect, Word
from mycoderai.workers.core.risk.tables import (
    ALWAYS,
    GIT_READERS,
    HARMLESS,
    INTERPRETERS,
    NO_PATHS,
    READERS,
    SHELLS,
    SUBCOMMANDS,
    WRITERS,
    Risk,
)

_KNOWN = HARMLESS | SHELLS | INTERPRETERS | ALWAYS.keys() | SUBCOMMANDS.keys()
_ASKS_ABOUT_ITSELF = frozenset({"--version", "-V", "--help", "version"})
_RUN_SOMETHING = frozenset({"run", "run-script", "test", "start", "build", "exec"})
_RUNNING_OPTION = re.compile(
    r"--(checkpoint-action|to-command|use-compress-program|rsh|upload-pack|receive-pack|exec|pre|open-files-in-pager)\b"
)
_RUNNING_VARIABLE = re.compile(
    r"(LD_PRELOAD|LD_AUDIT|BASH_ENV|PROMPT_COMMAND|GIT_SSH|GIT_SSH_COMMAND|GIT_EXTERNAL_DIFF|PERL5OPT|RUBYOPT)="
)


def of_program(call: Call) -> Iterator[Risk]:
    if call.name in call.scope.functions or (call.args and _ASKS_ABOUT_ITSELF.issuperset(a.text for a in call.args)):
        return
    if call.name in ("npx", "bunx") and call.operands and call.operands[0].text in HARMLESS:
        return  # a tool of the project
    if risk := ALWAYS.get(call.name):
        yield risk
    if call.name.startswith("mkfs"):
        yield Risk.DISK
    if call.name == "git":
        yield from check_git(call)
    elif table := SUBCOMMANDS.get(call.name):
        yield from (table[name] for name in _subcommands(call) if name in table)
    for check in CHECKS.get(call.name, ()):
        yield from check(call)
    if any(_RUNNING_OPTION.match(arg.text) for arg in call.args) or (call.name == "env" and "S" in call.flags):
        yield Risk.UNCERTAIN
    if any(_RUNNING_VARIABLE.match(word.text) for word in (*call.command.assignments, *call.args)):
        yield Risk.UNCERTAIN
    if call.name not in _KNOWN and not call.name.startswith("mkfs") and not _is_own(call):
        yield Risk.UNCERTAIN


def _subcommands(call: Call) -> list[str]:
    """Operands that may be the subcommand: an option's value may stand before it."""
    texts = [word.text for word in call.operands[:3]] + [arg.text for arg in call.args[:1]]
    return texts[:1] if texts and texts[0] in _RUN_SOMETHING else texts


def _is_own(call: Call) -> bool:
    """A program of the project, or one that was built in the sandbox."""
    return "/" in call.path.text and paths.place(call.path) in ("inside", "scratch")


def of_paths(call: Call) -> Iterator[Risk]:
    named = () if call.name in NO_PATHS else (*call.files, *_in_options(call))
    texts = [word.text for word in named if not re.search(r"\s", word.text)]
    if any(map(paths.is_credential, texts)):
        yield Risk.CREDENTIALS
    yield from writes(call)
    if _only_reads(call):
        return
    changed = [word.text for word in written(call)] if call.name in WRITERS else texts
    yield from of_changed(changed)


def of_changed(changed: list[str]) -> Iterator[Risk]:
    """Paths that a tool changes."""
    if any(map(paths.is_run_by_others, changed)):
        yield Risk.CI
    if any(map(paths.starts_by_itself, changed)):
        yield Risk.PERSISTS
    if any(map(paths.is_raw_disk, changed)):
        yield Risk.DISK


def _in_options(call: Call) -> list[Word]:
    return [Word(text=arg.text.partition("=")[2]) for arg in call.args if arg.text.startswith("-") and "=" in arg.text]


def _only_reads(call: Call) -> bool:
    if call.name == "git":
        return any(word.text in GIT_READERS for word in call.operands[:2])
    if call.name == "sed":
        return not call.flags & {"i", "in-place"}
    return call.name in READERS


def redirected(redirect: Redirect, scope: Scope) -> Iterator[Risk]:
    target = filled_in(redirect.target, scope)
    text = target.text
    if redirect.operator.startswith("<<") or (redirect.operator in (">&", "<&") and re.fullmatch(r"\d*-?", text)):
        return
    if text.startswith(("/dev/tcp/", "/dev/udp/")):
        yield Risk.NETWORK
    if paths.is_credential(text):
        yield Risk.CREDENTIALS
    if redirect.operator == "<":
        return
    yield from of_changed([text])
    where = paths.place(target, moved=False)
    if where == "outside" and not text.startswith(("/dev/tcp/", "/dev/udp/")) and not paths.is_raw_disk(text):
        yield Risk.OUTSIDE
    elif where == "unknown" and not target.scripts:
        yield Risk.UNCERTAIN
