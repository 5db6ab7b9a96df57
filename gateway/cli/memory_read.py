"""Finding and showing what is kept in memory."""

import json

import msgspec

from mycoderai.broker.request import call
from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.memory_place import Asked, named, place_of, places_of
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.query import age
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import block, by, clean
from mycoderai.schemas.errors import ServiceLost
from mycoderai.schemas.notes import AskedItems, GetItem, Item, Items, ListItems, SearchItems
from mycoderai.schemas.subjects import MEMORY, MEMORY_QUERY

ANSWER_S = 15.0
SHOWN_LINES = 4
_PAGE = 500


async def get(options: Options, interrupts: Interrupts, asked: Asked, key: str, quarantined: bool) -> int:
    place = await place_of(asked)
    async with Session(options, interrupts, roles=("memory",)) as session:
        await session.open()
        found = await ask(session, GetItem(place=place, key=key, quarantined=quarantined))
    if not found.items:
        raise CliError(f"there is no item {clean(key, 60)!r} in {named(place)}", options.hint("memory ls"))
    item = found.items[0]
    _emit(options, item)
    options.say(block(item.text))
    if not options.json:
        options.note(_origin(item))
    return 0


async def search(options: Options, interrupts: Interrupts, asked: Asked, text: str, tag: str, limit: int) -> int:
    query = SearchItems(text=text, places=tuple(await places_of(asked)), tag=tag, limit=limit)
    async with Session(options, interrupts, roles=("memory",)) as session:
        await session.open()
        found = await ask(session, query)
    for item in found.items:
        _emit(options, item)
        options.say(f"{options.style(clean(item.key, 60), bold=True)}  {clean(item.why, 80)}")
        for line in block(item.text).splitlines()[:SHOWN_LINES]:
            options.say(f"  {clean(line)}")
    if not found.items:
        options.say("Nothing was found.")
    if found.more:
        options.note("There is more; see --limit.")
    return 0


async def ls(
    options: Options, interrupts: Interrupts, asked: Asked, tag: str, everywhere: bool, quarantined: bool
) -> int:
    places = () if everywhere and asked == (None, "") else tuple(await places_of(asked))
    count = 0
    async with Session(options, interrupts, roles=("memory",)) as session:
        await session.open()
        more = True
        while more:
            query = ListItems(places=places, tag=tag, quarantined=quarantined, offset=count, limit=_PAGE)
            page = await ask(session, query)
            for item in page.items:
                _emit(options, item)
                options.say(_row(options, item))
            count, more = count + len(page.items), page.more and bool(page.items)
    if not count:
        options.say("Nothing waits for approval." if quarantined else "Nothing is kept here.")
    return 0


async def ask(session: Session, query: AskedItems) -> Items:
    """The answer, showing at least what memory holds now. Raises an error when no memory worker serves."""
    reply = await session.nc.request(f"$JS.API.STREAM.INFO.{MEMORY}", b"", timeout=5)
    last = int(json.loads(reply.data).get("state", {}).get("last_seq", 0))
    query = msgspec.structs.replace(query, min_seq=last)
    try:
        return await call(session.nc, MEMORY_QUERY, query, Items, timeout_s=ANSWER_S)
    except ServiceLost as err:
        raise no_memory() from err


def no_memory() -> CliError:
    return CliError(
        "no memory worker answers", "mycoder worker --role memory", cause="the fleet runs without that role"
    )


def _emit(options: Options, item: Item) -> None:
    if options.json:
        options.emit({"kind": "item", **msgspec.to_builtins(item)})


def _row(options: Options, item: Item) -> str:
    where = options.style(f"{item.scope} {clean(item.owner, 40)}".rstrip(), dim=True)
    tags = f" [{clean(', '.join(item.tags), 40)}]" if item.tags else ""
    return (
        f"{clean(item.key, 40):<24} v{item.version:<5} {age(item.updated_at):>4}  {where}{tags}  {clean(item.text, 60)}"
    )


def _origin(item: Item) -> str:
    origin = item.provenance
    trust = "" if item.trusted else ", not vouched for by a person"
    run = f", run {origin.run}" if origin.run else ""
    source = origin.source.replace("_", " ")
    return f"version {item.version}, {age(item.updated_at)} old, from: {source}{by(origin.by)}{run}{trust}"
