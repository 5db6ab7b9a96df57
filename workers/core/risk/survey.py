"""What a script says about itself: its variables, its jobs, where it goes, what it downloads."""

import posixpath
from collections.abc import Sequence

import msgspec

from mycoderai.workers.core.risk.calls import Call, first_call
from mycoderai.workers.core.risk.paths import place
from mycoderai.workers.core.risk.scope import SET_VARIABLE, Scope
from mycoderai.workers.core.risk.shell import Command, Script
from mycoderai.workers.core.risk.shell_words import Word
from mycoderai.workers.core.risk.tables import FETCHERS


def scope_of(script: Script, outer: Scope) -> Scope:
    """What the script says about itself, on top of what is known around it."""
    values: dict[str, list[Word]] = {}
    for command in script.commands:
        for word in _assigned(command):
            if match := SET_VARIABLE.match(word.text):
                values.setdefault(match[1], []).append(word)
    known = {name: words[0].text.partition("=")[2] for name, words in values.items() if _is_known(words)}
    jobs = {name for name, words in values.items() if all(word.text.endswith("=$!") for word in words)}
    hidden = {name: value for name, value in outer.variables.items() if name not in values}
    scope = msgspec.structs.replace(
        outer,
        variables=hidden | known,
        own_jobs=outer.own_jobs | jobs,
        functions=outer.functions | script.functions,
    )
    calls = [call for command in script.commands if (call := first_call(command, scope))]
    return msgspec.structs.replace(
        scope,
        moved=outer.moved or any(_moves(call) for call in calls),
        fetched=outer.fetched | {name for call in calls for name in _fetches(call)},
    )


def _assigned(command: Command) -> tuple[Word, ...]:
    if not command.words:
        return command.assignments
    first = command.words[0].text
    if first in ("for", "select", "read", "mapfile", "readarray", "getopts"):
        # It takes values nobody knows here: two words under one name are never known.
        named = [msgspec.structs.replace(word, text=f"{word.text}=", dynamic=True) for word in command.words[1:]]
        return (*named, *named)
    return command.words[1:] if first in ("export", "local", "declare", "readonly", "typeset") else ()


def _is_known(words: Sequence[Word]) -> bool:
    return len(words) == 1 and not words[0].dynamic


def _moves(call: Call) -> bool:
    to = call.operands[0] if call.operands else Word(text="~")
    return call.name in ("cd", "pushd", "popd") and place(to) not in ("inside", "scratch")


def _fetches(call: Call) -> list[str]:
    if call.name not in FETCHERS:
        return []
    targets = [redirect.target for redirect in call.command.redirects if redirect.operator.startswith(">")]
    return [posixpath.basename(word.text) for word in (*call.args, *targets) if not word.text.startswith("-")]
