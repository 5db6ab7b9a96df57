"""What a shell or interpreter is given to run through a pipe or a substitution."""

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from mycoderai.workers.core.risk.calls import Call, calls_of, first_call
from mycoderai.workers.core.risk.scope import Scope
from mycoderai.workers.core.risk.shell import Command, parse
from mycoderai.workers.core.risk.shell_words import ENCODED, Unreadable, decoded
from mycoderai.workers.core.risk.tables import DECODERS, FETCHERS, INTERPRETERS, SAYERS, SHELLS, Risk

_MAX_NESTING = 4


def source_risk(commands: Sequence[Command], scope: Scope) -> Risk | None:
    """What it means that the output of these commands is run; None: nothing that is certain."""
    names = set(_programs(commands, scope, 0))
    if names & FETCHERS:
        return Risk.FETCH_EXEC
    words = [word for command in commands for word in command.all_words]
    encoded = any(word.encoded or ENCODED.search(word.text) for word in words)
    return Risk.OBFUSCATED if encoded or names & DECODERS else None


def _programs(commands: Iterable[Command], scope: Scope, nesting: int) -> Iterator[str]:
    for command in commands:
        yield from (call.name for call in calls_of(command, scope))
        for script in (script for word in command.all_words for script in word.scripts):
            yield from _programs_of(script, scope, nesting + 1)


def _programs_of(script: str, scope: Scope, nesting: int) -> Iterator[str]:
    if nesting > _MAX_NESTING:
        return
    try:
        yield from _programs(parse(script).commands, scope, nesting)
    except Unreadable:
        return  # its reader says so; here only what is known counts


def said(feeders: Sequence[Command], scope: Scope) -> str | None:
    """The text that comes through the pipe, where the script itself holds it."""
    call = first_call(feeders[0], scope) if len(feeders) == 1 else None
    if call is None or any(arg.dynamic or ENCODED.search(arg.text) for arg in call.args):
        return None
    if call.name == "cat" and not call.operands and call.command.typed_in:
        return call.command.typed_in.text
    texts = [arg.text for arg in call.operands]
    if call.name == "printf" and texts:
        return _printed(decoded(texts[0]), texts[1:])
    return " ".join(texts) if call.name in SAYERS else None


def _printed(text: str, values: Sequence[str]) -> str | None:
    for value in values:
        text = text.replace("%s", value, 1)
    return None if "%" in text else text


def shows_files(feeders: Sequence[Command], scope: Scope) -> bool:
    """Whether a file is run by way of `cat`: no more than running the file."""
    calls = [first_call(feeder, scope) for feeder in feeders]
    return all(call and call.name == "cat" and call.operands and not _any_dynamic(call) for call in calls)


def _any_dynamic(call: Call) -> bool:
    return any(arg.dynamic for arg in call.args)


def is_fetched(call: Call) -> bool:
    """Whether it runs a file that the same script downloads."""
    runs_file = call.name in SHELLS | INTERPRETERS | {"source", "."}
    paths = [call.path.text] if "/" in call.path.text else []
    paths += [word.text for word in call.operands[:1]] if runs_file else []
    return any(posixpath.basename(path) in call.scope.fetched for path in paths)
