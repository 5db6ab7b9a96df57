"""Changing what is kept in memory, as a person."""

import sys

import msgspec

from mycoderai.broker.request import call
from mycoderai.gateway.cli.errors import CliError, usage
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.memory_place import Asked, named, place_of
from mycoderai.gateway.cli.memory_read import ANSWER_S, no_memory
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.who import who
from mycoderai.schemas.errors import ServiceLost
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.notes import Approve, Change, Forget, Place, Provenance, Put, WriteItems, Written, problem_of
from mycoderai.schemas.subjects import memory_write

DAY_S = 86_400.0
TRIES = 3
_SAID = {
    "stored": "Kept {key} as version {version} in {place}.",
    "quarantined": "Kept {key}, waiting for approval.",
    "approved": "{key} is in use, as version {version}.",
    "forgotten": "Forgot {key} in {place}.",
    "absent": "There was no {key} in {place}.",
}


def text_of(argument: str) -> str:
    """The text itself, or what stdin holds for `-`. Raises a usage error for what is no text."""
    if argument != "-":
        return argument
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as err:
        raise usage("what stdin holds is no text in UTF-8", "mycoder memory put KEY - < FILE") from err


async def put(
    options: Options,
    interrupts: Interrupts,
    asked: Asked,
    key: str,
    text: str,
    tags: tuple[str, ...],
    expect: int | None,
    days: float | None,
) -> int:
    change = Put(key=key, text=text, tags=tags, expected_version=expect, ttl_s=(days or 0.0) * DAY_S)
    return await _write(options, interrupts, await place_of(asked), change)


async def forget(
    options: Options, interrupts: Interrupts, asked: Asked, key: str, expect: int | None, quarantined: bool
) -> int:
    change = Forget(key=key, expected_version=expect, quarantined=quarantined)
    return await _write(options, interrupts, await place_of(asked), change)


async def approve(options: Options, interrupts: Interrupts, key: str, expect: int | None) -> int:
    return await _write(options, interrupts, Place(scope="global"), Approve(key=key, expected_version=expect))


async def _write(options: Options, interrupts: Interrupts, place: Place, change: Change) -> int:
    origin = Provenance(source="person", by=who())
    request = WriteItems(id=new_id(), place=place, changes=(change,), provenance=origin)
    if problem := problem_of(request):
        raise usage(problem, "mycoder memory --help")
    async with Session(options, interrupts, roles=("memory",)) as session:
        await session.open()
        written = await _persist(session, request)
    if options.json:
        options.emit({"kind": "written", **msgspec.to_builtins(written)})
    if written.refused:
        refused = written.refused[0]
        raise CliError(f"{clean(refused.key, 60)} was not changed: {refused.reason}", options.hint("memory ls"))
    (changed,) = written.changed
    values = {"key": clean(changed.key, 60), "version": changed.version, "place": named(place)}
    options.say(_SAID[changed.outcome].format(**values))
    return 0


async def _persist(session: Session, request: WriteItems) -> Written:
    """Asked again with the same id, memory answers the same."""
    for attempt in range(TRIES):
        try:
            return await call(session.nc, memory_write(), request, Written, timeout_s=ANSWER_S)
        except ServiceLost as err:
            if attempt == TRIES - 1:
                raise no_memory() from err
    raise AssertionError("unreachable")
