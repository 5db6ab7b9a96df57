"""Run logs in JetStream: append with expectation, read, follow.

Reading uses batch direct gets and following uses the stream's republished copies, so neither leaves a consumer
behind on the server.
"""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.bulk import BulkClient, Heard, listen, parse_headers
from mycoderai.broker.leader import get_from_leader, is_replicated
from mycoderai.schemas.errors import BrokerUnreachable, Conflict, MalformedMessage, MycoderError, NoRoom, PermanentError
from mycoderai.schemas.events import AnyEvent, Recorded, Unreadable, decode, encode
from mycoderai.schemas.subjects import parse_event, rough_subject, stream_of

APPEND_TRIES = 5
ELECTION_TRIES = 12
"""Enough for a cluster to elect a leader, which takes up to 9 s and meanwhile answers at once that nobody leads."""
APPEND_TIMEOUT_S = 5.0
BATCH = 500
BATCH_BYTES = 8 << 20
"""As large as the largest message. The broker's own bound is what it lets wait for a client before it cuts it off."""
FOLLOW_PATIENCE_S = 60.0
RECONNECT_CHECK_S = 2.0
ROOM_CHECK_S = 1.0
LONGEST_ROOM_CHECK_S = 5.0
_WRONG_LAST_SEQUENCE = {10071, 10164}
_STORE_FAILED = 10077
_NO_RESOURCES = {10002, 10023, 10047}
_PLACE = re.compile(
    rb"\r\nNats-Stream: [^\r]*\r\nNats-Subject: ([^\r]*)\r\nNats-Sequence: (\d+)\r\nNats-Time-Stamp: ([^\r]*)"
    rb"\r\nNats-Num-Pending: \d+\r\nNats-Last-Sequence: (\d+)\r\n\r\n\Z"
)
"""What the server adds to a stored message's own headers in a batch."""
_UNANSWERED = (nats.errors.TimeoutError, nats.errors.NoRespondersError, nats.errors.ConnectionClosedError)
log = structlog.get_logger()


class Raw:
    """A stored message, before anybody decided whether it means something."""

    __slots__ = ("data", "headers", "id", "seq", "subject", "time")

    def __init__(
        self, seq: int, time: str, subject: str, data: bytes, id: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        self.seq = seq
        self.time = time
        self.subject = subject
        self.data = data
        self.id = id
        self.headers = headers or {}

    def parse(self) -> Recorded:
        """Raises MalformedMessage."""
        subject = parse_event(self.subject)
        return Recorded(seq=self.seq, time=self.time, subject=subject, event=decode(self.data, subject))


async def append(
    nc: Client,
    subject: str,
    event: AnyEvent,
    *,
    expected: int | None = None,
    log_of: str = "",
    id: str = "",
    wait_for_room: bool = True,
) -> int:
    """Store an event and return its sequence; when this returns the event is as durable as the fleet promises.

    expected: last sequence of `log_of` (a subject, wildcards allowed; default the subject itself) as the caller
    saw it; None appends without a condition. A lost reply is resolved by publishing again: with an expectation the
    second publish is either refused because the first one was stored (found out by reading it back) or it is
    the first one to arrive.

    id: of this append alone; needed where another caller may store the very same bytes and only one may have done so.

    A full stream parks the caller until there is space, because work in progress must not fail for that; without
    `wait_for_room` it is NoRoom.

    Raises Conflict when somebody else appended to that log first, BrokerUnreachable when nothing answers.
    """
    payload = encode(event)
    return await append_bytes(
        nc, subject, payload, expected=expected, log_of=log_of, id=id, wait_for_room=wait_for_room
    )


async def append_bytes(
    nc: Client,
    subject: str,
    payload: bytes,
    *,
    expected: int | None = None,
    log_of: str = "",
    id: str = "",
    stream: str = "",
    wait_for_room: bool = True,
) -> int:
    """`append` for what is no event; `stream` names the stream of a subject that is not in a run's log."""
    headers: dict[str, str] = {"Nats-Msg-Id": id} if id else {}
    if expected is not None:
        headers["Nats-Expected-Last-Subject-Sequence"] = str(expected)
        headers["Nats-Expected-Last-Subject-Sequence-Subject"] = log_of or subject
    _check_size(nc, subject, payload, headers)
    tries = ELECTION_TRIES if is_replicated(nc) else APPEND_TRIES
    for attempt in range(tries):
        try:
            answer = await store(nc, subject, payload, headers, wait_for_room=wait_for_room)
        except BrokerUnreachable:
            if attempt == tries - 1:
                raise
            await asyncio.sleep(min(0.2 * 2**attempt, 2.0))
            continue
        error = answer.get("error")
        if error is None:
            return int(answer["seq"])
        if error.get("err_code") not in _WRONG_LAST_SEQUENCE:
            raise MycoderError(f"the broker refused an append to {subject}: {error.get('description')}")
        # A client that reconnects may send what it had sent already, so the first try can meet its own copy too.
        stored = await last(nc, subject, stream) if attempt or id else None
        if stored and (stored.data, stored.id) == (payload, id) and stored.seq > (expected or 0):
            return stored.seq
        raise Conflict(f"{log_of or subject} moved on from sequence {expected}")
    raise AssertionError("unreachable")


def _check_size(nc: Client, subject: str, payload: bytes, headers: Mapping[str, str]) -> None:
    """The server counts the headers too, which the client does not, and ends the connection of who sends more."""
    size = len(payload) + len(b"NATS/1.0\r\n\r\n") + sum(len(name) + len(text) + 4 for name, text in headers.items())
    if size > nc.max_payload:
        raise PermanentError(f"{size:,} bytes for {subject[:200]} are more than a message may have: {nc.max_payload:,}")


async def store(
    nc: Client,
    subject: str,
    payload: bytes,
    headers: dict[str, str],
    *,
    timeout_s: float = APPEND_TIMEOUT_S,
    wait_for_room: bool = True,
) -> dict[str, Any]:
    """Publish once, more often only while there is no room; what the server answered.

    Raises BrokerUnreachable when it did not, which leaves open whether the message is stored, and NoRoom.
    """
    pause_s = ROOM_CHECK_S
    while True:
        try:
            reply = await nc.request(subject, payload, timeout=timeout_s, headers=dict(headers))
        except _UNANSWERED as err:
            raise BrokerUnreachable(f"the broker did not confirm an append to {subject}") from err
        answer: dict[str, Any] = json.loads(reply.data)
        why = no_room(answer.get("error") or {})
        if not why:
            return answer
        if not wait_for_room:
            raise NoRoom(why, "free some space on the broker's disk; `mycoder doctor` tells how much is missing")
        log.warning("log.no_room", subject=subject[:200], reason=why, again_in_s=pause_s)
        await asyncio.sleep(pause_s)  # nothing tells when a stream has room again
        pause_s = min(2 * pause_s, LONGEST_ROOM_CHECK_S)


def no_room(error: Mapping[str, Any]) -> str:
    """Why a stream takes nothing more just now; empty for any other refusal."""
    code, why = error.get("err_code"), str(error.get("description", ""))
    if code in _NO_RESOURCES or (code == _STORE_FAILED and "maximum" in why):
        return why
    return ""


async def read(nc: Client, stream: str, subject: str, after: int = 0, limit: int = 0) -> list[Raw]:
    """Stored messages of a subject (wildcards allowed) past a sequence, in order: all, or the next `limit`."""
    messages: list[Raw] = []
    while True:
        from_seq = (messages[-1].seq if messages else after) + 1
        batch, pending = await _read_on(nc, stream, subject, from_seq, limit - len(messages) if limit else BATCH)
        messages += batch
        if not batch or not pending or len(messages) == limit:
            return messages


async def read_page(
    nc: Client, stream: str, after: int, *, limit: int = BATCH, max_bytes: int = BATCH_BYTES
) -> tuple[list[Raw], int]:
    """What a stream stored next past a sequence, whatever the subject, and how much more there is. `max_bytes`
    ends a page early, but never before its first message."""
    return await _read_on(nc, stream, "", after + 1, limit, max_bytes)


async def read_some(nc: Client, stream: str, subject: str, after: int, limit: int) -> tuple[list[Raw], int]:
    """The next `limit` messages of a subject past a sequence at most, and how many more there are."""
    return await _read_on(nc, stream, subject, after + 1, limit)


async def read_events_to(nc: Client, stream: str, subject: str, after: int, to: int, likely: int) -> list[Recorded]:
    """Events of a subject past a sequence, at least those up to the sequence `to` if they can be read. `likely` says
    how many that may be: looking for more than there are makes the broker search its stream to the end."""
    messages: list[Raw] = []
    size, seen = likely, after
    while seen < to:
        batch, pending = await _read_on(nc, stream, subject, seen + 1, size)
        messages += batch
        if not batch or not pending:
            break
        seen, size = batch[-1].seq, BATCH
    return [_parsed(message) for message in messages]


async def read_events(nc: Client, stream: str, subject: str, after: int = 0) -> list[Recorded]:
    """Like `read`, but parsed; what is no event comes as Unreadable."""
    return [_parsed(message) for message in await read(nc, stream, subject, after)]


def _parsed(message: Raw) -> Recorded:
    try:
        return message.parse()
    except MalformedMessage as err:
        log.warning("log.malformed", subject=message.subject[:200], seq=message.seq, error=err.message[:300])
        subject = rough_subject(message.subject)
        return Recorded(seq=message.seq, time=message.time, subject=subject, event=Unreadable(reason=err.message[:300]))


async def last(nc: Client, subject: str, stream: str = "") -> Raw | None:
    """The last message stored on a subject, or None."""
    stream = stream or stream_of(int(subject.split(".")[1]))
    if is_replicated(nc):
        stored = await get_from_leader(nc, stream, {"last_by_subj": subject})
        return _stored(*stored) if stored else None
    reply = await _request(nc, f"$JS.API.DIRECT.GET.{stream}.{subject}", b"")
    return None if _status(reply) else _raw(reply)


async def at(nc: Client, stream: str, seq: int) -> Raw | None:
    """The message with that sequence, or None."""
    if is_replicated(nc):
        stored = await get_from_leader(nc, stream, {"seq": seq})
        return _stored(*stored) if stored else None
    reply = await _request(nc, f"$JS.API.DIRECT.GET.{stream}", json.dumps({"seq": seq}).encode())
    return None if _status(reply) else _raw(reply)


async def holds_any(nc: Client, stream: str, subjects: Sequence[str]) -> bool:
    """Whether a stream holds a message of one of these subjects (wildcards allowed)."""
    request = {"multi_last": list(subjects), "batch": 1}
    return _status(await _request(nc, f"$JS.API.DIRECT.GET.{stream}", json.dumps(request).encode())) != "404"


async def first_since(nc: Client, stream: str, subject: str, moment: str) -> int:
    """Sequence of the first message of a subject (wildcards allowed) stored at a moment (RFC 3339) or later, or 0."""
    request = {"start_time": moment, "next_by_subj": subject}
    reply = await _request(nc, f"$JS.API.DIRECT.GET.{stream}", json.dumps(request).encode())
    return 0 if _status(reply) else _raw(reply).seq


async def follow(nc: Client, shard: int, subject: str, after: int = 0) -> AsyncIterator[Raw]:
    """What is stored on a subject past a sequence, then what is stored from now on, without gap or repetition.

    The live copies are lossy, so every copy names its stream sequence and the log is read again after a
    reconnect. Close the iterator (`contextlib.aclosing`) to unsubscribe.

    Raises BrokerUnreachable when the broker stays away for `FOLLOW_PATIENCE_S`.
    """
    wake = asyncio.Event()
    copies: list[Heard] = []

    def on_copy(msg: Heard) -> None:
        copies.append(msg)
        wake.set()

    subscription = await listen(nc, "log." + subject.removeprefix("evt."), on_copy)
    try:
        seen, epoch = after, -1
        while True:
            wake.clear()
            if nc.stats["reconnects"] != epoch or is_replicated(nc):
                # Copies may be missing: what was received is in the log as well. In a cluster they may always be,
                # because a route between two servers can fail while ours stays connected.
                epoch = nc.stats["reconnects"]
                copies.clear()
                stored = await _read_patiently(nc, stream_of(shard), subject, seen)
            else:
                stored = [_raw(msg) for msg in copies]
                copies.clear()
            for raw in stored:
                if raw.seq > seen:
                    seen = raw.seq
                    yield raw
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RECONNECT_CHECK_S):
                    await wake.wait()
    finally:
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()


async def _read_patiently(nc: Client, stream: str, subject: str, after: int) -> list[Raw]:
    deadline = time.monotonic() + FOLLOW_PATIENCE_S
    while True:
        try:
            await nc.flush(5)  # the subscription is in force before the log is read
            return await read(nc, stream, subject, after)
        except (BrokerUnreachable, nats.errors.Error) as err:
            if time.monotonic() > deadline:
                raise BrokerUnreachable("the broker has been away for long", "mycoder doctor") from err
        await asyncio.sleep(0.2)


async def _read_on(
    nc: Client, stream: str, subject: str, from_seq: int, size: int, max_bytes: int = BATCH_BYTES
) -> tuple[list[Raw], int]:
    """The next batch. At the log's end the leader of a replicated stream is asked for more: the replica that
    answered may lag behind."""
    messages, pending = await _read_batch(nc, stream, subject, from_seq, size, max_bytes)
    while is_replicated(nc) and not pending and len(messages) < size:
        after = messages[-1].seq if messages else from_seq - 1
        more = await get_from_leader(nc, stream, {"seq": after + 1, "next_by_subj": subject or ">"})
        if more is None:
            break
        messages.append(_stored(*more))
    return messages, pending


async def _read_batch(
    nc: Client, stream: str, subject: str, from_seq: int, size: int, max_bytes: int = BATCH_BYTES
) -> tuple[list[Raw], int]:
    """One batch direct get (ADR-31): several replies on one inbox, ended by an empty message."""
    messages: list[Raw] = []
    end: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def take(headers: Mapping[str, str], data: bytes) -> None:
        if not end.done():
            try:
                if (pending := _take(messages, headers, data, stream)) is not None:
                    end.set_result(pending)
            except MycoderError as err:
                end.set_exception(err)

    def take_block(_subject: bytes, _reply: bytes, block: bytes, data: bytes) -> None:
        if end.done() or not _take_next(messages, block, data):
            take(parse_headers(block), data)

    async def on_reply(msg: Msg) -> None:
        # A callback, because waiting for each reply by itself takes as long as reading it.
        take(msg.headers or {}, msg.data)

    request: dict[str, object] = {"seq": from_seq, "batch": size, "max_bytes": max_bytes}
    if subject:
        request["next_by_subj"] = subject
    inbox = nc.new_inbox()
    subscription = await nc.subscribe(inbox, cb=on_reply)
    if isinstance(nc, BulkClient):
        nc.take(subscription, take_block)
    try:
        await nc.publish(f"$JS.API.DIRECT.GET.{stream}", json.dumps(request).encode(), reply=inbox)
        seen = -1
        while not end.done():
            if seen == len(messages) or nc.is_closed:
                raise BrokerUnreachable(f"the broker did not answer a read of {stream}")
            seen = len(messages)
            await asyncio.wait({end}, timeout=APPEND_TIMEOUT_S)
        return messages, end.result()
    finally:
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()


def _take(messages: list[Raw], headers: Mapping[str, str], data: bytes, stream: str) -> int | None:
    """Add a reply to the batch; how many more there are at the batch's end, else None."""
    status = headers.get("Status")
    if status == "404":
        return 0
    before = messages[-1].seq if messages else 0
    if int(headers.get("Nats-Last-Sequence", before)) != before:
        # A reconnect in the middle of a batch drops the replies under way.
        raise BrokerUnreachable(f"a reply was lost while reading {stream}")
    if status == "204":
        return int(headers.get("Nats-Num-Pending", 0))
    if status:
        raise BrokerUnreachable(f"reading {stream}: the broker answered {status}")
    messages.append(_stored(headers, data))
    return None


def _take_next(messages: list[Raw], block: bytes, data: bytes) -> bool:
    """The short way of `_take` for what nearly every reply is: the message after the last one."""
    place = _PLACE.search(block)
    if place is None or int(place[4]) != (messages[-1].seq if messages else 0):
        return False
    own = parse_headers(block[: place.start() + 2]) if place.start() > len(b"NATS/1.0") else {}
    subject, time = place[1].decode("utf-8", "replace"), place[3].decode()
    messages.append(Raw(int(place[2]), time, subject, data, own.get("Nats-Msg-Id", ""), own))
    return True


async def _request(nc: Client, subject: str, payload: bytes) -> Msg:
    try:
        return await nc.request(subject, payload, timeout=APPEND_TIMEOUT_S)
    except _UNANSWERED as err:
        raise BrokerUnreachable("the broker did not answer a read") from err


def _status(msg: Msg) -> str | None:
    return (msg.headers or {}).get("Status")


def _raw(msg: Heard) -> Raw:
    return _stored(msg.headers or {}, msg.data, msg.subject)


def _stored(headers: Mapping[str, str], data: bytes, subject: str = "") -> Raw:
    if "Nats-Sequence" not in headers:
        raise MycoderError("the broker sent a stored message without its sequence")
    seq, time = int(headers["Nats-Sequence"]), headers.get("Nats-Time-Stamp", "")
    return Raw(seq, time, headers.get("Nats-Subject") or subject, data, headers.get("Nats-Msg-Id", ""), headers)
