"""What a call of git may do that a person should see first."""

import re
from collections.abc import Iterator

import msgspec

from mycoderai.workers.core.risk.calls import Call
from mycoderai.workers.core.risk.programs import deletes
from mycoderai.workers.core.risk.tables import SUBCOMMANDS, Risk

_WITH_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"})
_RUNS_PROGRAMS = re.compile(
    r"(alias\.|core\.(hookspath|sshcommand|pager|editor|fsmonitor|gitproxy|attributesfile)|filter\.|diff\.\w+\."
    r"|merge\.\w+\.driver|credential|include|remote\.|url\.|pager\.|sequence\.editor|gpg\.|ssh\.|init\.templatedir)",
    re.IGNORECASE,
)
_REVISION = re.compile(r".*[~^@].*|HEAD|ORIG_HEAD|FETCH_HEAD|[0-9a-f]{7,40}|(origin|upstream)/.*|main|master")
_MARKED = {
    "commit": {"amend"},
    "branch": {"d", "D", "f", "M", "delete", "force"},
    "tag": {"d", "f", "delete", "force"},
    "checkout": {"f", "force", "B", "orphan"},
    "switch": {"f", "force", "C", "discard-changes", "orphan"},
    "reset": {"hard", "soft", "merge", "keep"},
}
"""Options that make a subcommand rewrite history or throw work away."""
_WORDS = {
    "reflog": {"expire", "delete"},
    "stash": {"drop", "clear"},
    "remote": {"add", "set-url", "remove", "rm", "rename", "prune", "set-head", "set-branches"},
    "notes": {"prune", "remove"},
    "bisect": {"run"},
    "worktree": {"remove", "prune"},
}
"""Second words that do."""


def check_git(call: Call) -> Iterator[Risk]:
    args = list(call.args)
    while args and args[0].text.startswith("-"):
        option = args.pop(0).text
        if option in _WITH_VALUE and args:
            value = args.pop(0).text
            if option == "-c" and _RUNS_PROGRAMS.match(value):
                yield Risk.CI
    if args:
        yield from _subcommand(args[0].text, msgspec.structs.replace(call, args=tuple(args[1:])))


def _subcommand(name: str, call: Call) -> Iterator[Risk]:
    first = call.operands[0].text if call.operands else ""
    if risk := SUBCOMMANDS["git"].get(name):
        yield risk
    if call.flags & _MARKED.get(name, set()) or first in _WORDS.get(name, set()):
        yield Risk.HISTORY
    if name == "reset" and first and _REVISION.fullmatch(first) and len(call.operands) == 1:
        yield Risk.HISTORY
    if name == "remote" and first in ("update", "show"):
        yield Risk.NETWORK
    if name == "gc" and call.flags & {"prune", "aggressive"}:
        yield Risk.HISTORY
    if name == "clean" and call.flags & {"f", "force"}:
        yield Risk.DELETES
    if name == "rm":
        yield from deletes(call)
    if name == "config":
        yield from _config(call)


def _config(call: Call) -> Iterator[Risk]:
    keys = [word.text for word in call.operands if word.text not in ("set", "unset", "get", "list")]
    changes = len(keys) > 1 or call.flags & {"unset", "unset-all", "add", "replace-all", "edit", "e", "remove-section"}
    if changes and any(_RUNS_PROGRAMS.match(key) for key in keys[:1]):
        yield Risk.CI
    if changes and call.flags & {"global", "system", "f", "file"}:
        yield Risk.OUTSIDE
