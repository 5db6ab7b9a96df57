"""Finding, showing and dropping dead letters."""

from collections.abc import Sequence
from typing import Any

import msgspec

from mycoderai.broker.letters import Letter, letter, remove, whole_payload
from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.query import age
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import block, clean, plural
from mycoderai.gateway.dead_letters import Filter, find
from mycoderai.schemas.subjects import DEAD

SHOWN_CHARS = 4_000
NOTHING_DONE = "Nothing was changed. With --yes it is done."


async def named(options: Options, session: Session, wanted: Filter) -> list[Letter]:
    """The letters that are meant, oldest first. Raises an error when one that was named is not there."""
    found = await find(session.nc, wanted)
    if missing := wanted.seqs - {item.seq for item in found}:
        listed = ", ".join(map(str, sorted(missing)))
        raise CliError(f"there is no such dead letter: {listed}", options.hint("dead ls"))
    return found


async def ls(options: Options, interrupts: Interrupts, wanted: Filter) -> int:
    async with Session(options, interrupts) as session:
        await session.open()
        found = await named(options, session, wanted)
    for item in found:
        if options.json:
            options.emit(as_json(item))
        else:
            options.say(row(options, item))
    if not found:
        options.say("There are no dead letters." if wanted.is_empty else "No dead letter fits.")
    return 0


async def show(options: Options, interrupts: Interrupts, seq: int) -> int:
    async with Session(options, interrupts) as session:
        await session.open()
        found = await letter(session.nc, seq)
        whole = await whole_payload(session.nc, found) if found else None
    if found is None:
        raise CliError(f"there is no dead letter {seq}", options.hint("dead ls"))
    text = (found.payload if whole is None else whole).decode(errors="replace")
    if options.json:
        options.emit({**as_json(found), "payload": text, "whole": whole is not None})
        return 0
    for line in _lines(options, found):
        options.say(line)
    options.say(block(text[:SHOWN_CHARS]) + ("…" if len(text) > SHOWN_CHARS else ""))
    if whole is None:
        options.note(f"Only the first {len(found.payload)} of {found.size} bytes were kept.")
    options.note(f"{options.hint(f'dead replay {seq}')}, or {options.hint(f'dead drop {seq}')}")
    return 0


async def drop(options: Options, interrupts: Interrupts, wanted: Filter, *, do: bool) -> int:
    async with Session(options, interrupts) as session:
        await session.open()
        found = await named(options, session, wanted)
        for item in found:
            if do:
                await remove(session.nc, DEAD, item.seq)
            if options.json:
                options.emit({"kind": "drop", "letter": item.seq, "done": do})
            else:
                options.say(row(options, item))
    summary(options, found, "dropped", do=do)
    return 0


def summary(options: Options, found: Sequence[Letter], verb: str, *, do: bool) -> None:
    if not found:
        options.say("No dead letter fits.")
    elif do:
        options.say(f"{plural(len(found), 'letter')} {verb}.")
    else:
        options.note(NOTHING_DONE)


def row(options: Options, item: Letter) -> str:
    where = "/".join(part for part in (item.run, item.step) if part) or "-"
    tries = f"{item.attempts}x" if item.attempts else "-"
    head = f"{options.style(f'{item.seq:>5}', bold=True)}  {age(item.time):>4}  {clean(item.pool, 20):<13}"
    return f"{head} {clean(where, 50):<32} {tries:>4}  {clean(item.reason)}"


def as_json(item: Letter) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.structs.asdict(item)
    fields.pop("payload")
    return {"kind": "letter", **fields}


def _lines(options: Options, item: Letter) -> list[str]:
    source = f"{item.stream} {item.sequence}" if item.sequence else ""
    rows = {
        "reason": item.reason,
        "kept": f"{item.time[:19]}Z, {age(item.time)} ago",
        "subject": item.subject,
        "event": source,
        "run": item.run,
        "step": item.step,
        "delivered": f"{item.attempts} times" if item.attempts else "",
        "payload": f"{item.size} bytes",
    }
    head = f"dead letter {options.style(str(item.seq), bold=True)}  {clean(item.pool, 40)}"
    return [head, *(f"  {name:<10} {clean(text, 500)}" for name, text in rows.items() if text), ""]
