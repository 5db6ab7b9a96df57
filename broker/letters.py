"""Reading dead letters, and taking them away once somebody has dealt with them."""

import json
from collections.abc import AsyncIterator

import msgspec
import nats.errors
from nats.aio.client import Client

from mycoderai.broker import dead
from mycoderai.broker.log import Raw, read, read_page
from mycoderai.schemas.errors import BrokerUnreachable, MycoderError
from mycoderai.schemas.subjects import DEAD

PAGE_BYTES = 4 << 20
_NO_MESSAGE = 10057


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    seq: int
    """Its own sequence; what people name it by."""
    time: str
    pool: str
    run: str
    """Empty where the message belonged to no run that could be made out."""
    step: str
    reason: str
    attempts: int
    """How often the message was delivered."""
    subject: str
    """Of the message."""
    stream: str
    """Where the event is that the message was, or was a copy of; empty where that is not known."""
    sequence: int
    size: int
    """Length of the whole payload."""
    payload: bytes = b""
    """What was kept of it."""


async def letters(nc: Client, after: int = 0) -> AsyncIterator[Letter]:
    """All there are past a sequence, oldest first, a page at a time."""
    more = 1
    while more:
        page, more = await read_page(nc, DEAD, after, max_bytes=PAGE_BYTES)
        for raw in page:
            yield _letter(raw)
        after = page[-1].seq if page else after
        more = more if page else 0


async def letter(nc: Client, seq: int) -> Letter | None:
    if not 0 < seq < 1 << 63:  # the broker answers nothing to what is no sequence
        return None
    page, _ = await read_page(nc, DEAD, seq - 1, limit=1)
    return _letter(page[0]) if page and page[0].seq == seq else None


async def letters_on(nc: Client, subject: str) -> list[Letter]:
    """All on one subject of DEAD, oldest first."""
    return [_letter(raw) for raw in await read(nc, DEAD, subject)]


async def whole_payload(nc: Client, of: Letter) -> bytes | None:
    """The message's payload: what was kept, or the event it was, where that was cut. None when that is gone."""
    if len(of.payload) >= of.size:
        return of.payload
    if not of.sequence:
        return None
    page, _ = await read_page(nc, of.stream, of.sequence - 1, limit=1)
    return page[0].data if page and page[0].seq == of.sequence else None


async def remove(nc: Client, stream: str, seq: int) -> bool:
    """Delete one message of a stream; False when it is not there any more."""
    request = json.dumps({"seq": seq, "no_erase": True}).encode()
    try:
        reply = await nc.request(f"$JS.API.STREAM.MSG.DELETE.{stream}", request, timeout=5)
    except nats.errors.Error as err:
        raise BrokerUnreachable(f"the broker did not say whether message {seq} of {stream} is deleted") from err
    error = json.loads(reply.data).get("error")
    if not error:
        return True
    if error.get("err_code") == _NO_MESSAGE:
        return False
    raise MycoderError(f"the broker did not delete message {seq} of {stream}: {error.get('description')}")


def _letter(raw: Raw) -> Letter:
    _, pool, run, step, *_ = [*raw.subject.split("."), "", "", ""]
    said = raw.headers
    return Letter(
        seq=raw.seq,
        time=raw.time,
        pool=pool,
        run=_known(run),
        step=_known(step),
        reason=said.get(dead.REASON, ""),
        attempts=_number(said.get(dead.ATTEMPTS, "")),
        subject=said.get(dead.SUBJECT, ""),
        stream=said.get(dead.STREAM, ""),
        sequence=_number(said.get(dead.SEQUENCE, "")),
        size=_number(said.get(dead.BYTES, "")) or len(raw.data),
        payload=raw.data,
    )


def _known(name: str) -> str:
    return "" if name == "unknown" else name


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
