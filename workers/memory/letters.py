"""Dead letters of messages that could not be applied: sent after the fact, so they never hold up the log.

Each is sent once. The broker recognises a letter sent again within its window; an older one (memory was built
again, or died before it wrote down that the letter was sent) is looked for among the letters that are there.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.dead import store
from mycoderai.broker.log import Raw, read, read_page
from mycoderai.schemas.errors import MalformedMessage, TransientError
from mycoderai.schemas.ids import is_token
from mycoderai.schemas.subjects import DEAD, LOST_EVENTS, dead, parse_event
from mycoderai.workers.memory.gaps import LOST
from mycoderai.workers.memory.repository import Letter, Repository

AT_ONCE = 100
RETRY_S = 30.0
WINDOW = timedelta(seconds=90)
"""Shorter than the broker's own window for recognising a message id."""
PAGE_BYTES = 1 << 20
log = structlog.get_logger()


class LetterBox:
    def __init__(self, nc: Client, repository: Repository, wake: asyncio.Event) -> None:
        self._nc = nc
        self._repository = repository
        self._wake = wake
        self._known: set[str] | None = None

    async def run(self) -> None:
        """Until cancelled. Raises FileDamaged."""
        while True:
            self._wake.clear()
            try:
                while letters := await self._repository.letters(AT_ONCE):
                    await self._send_all(letters)
            except (TransientError, nats.errors.Error) as err:
                # The rows keep the letters: they are tried again, and counted in the statistics until then.
                log.error("memory.letters_wait", error=str(err), again_in_s=RETRY_S)
                await asyncio.sleep(RETRY_S)
                continue
            await self._wake.wait()

    async def _send_all(self, letters: Sequence[Letter]) -> None:
        sent: list[Letter] = []
        try:
            for letter in letters:
                await self._send(letter)
                sent.append(letter)
        finally:
            await self._repository.sent(sent)

    async def _send(self, letter: Letter) -> None:
        message_id = f"memory-{letter.stream}-{letter.seq}"
        if await self._is_there(letter, message_id):
            return
        page, _ = await read_page(self._nc, letter.stream, letter.seq - 1, limit=1)
        if not page or page[0].seq != letter.seq:
            await self._send_without_message(letter, message_id)
            return
        raw = page[0]
        if await self._has_the_orchestrators(raw, letter.stream):
            return
        await store(
            self._nc,
            _address(raw),
            raw.data,
            letter.reason,
            subject=raw.subject,
            source=(letter.stream, letter.seq),
            id=message_id,
        )

    async def _send_without_message(self, letter: Letter, message_id: str) -> None:
        if not letter.reason.startswith(LOST):
            log.warning("memory.letter_without_message", stream=letter.stream, seq=letter.seq)
            return
        source = (letter.stream, letter.seq)
        await store(self._nc, LOST_EVENTS, b"", letter.reason, subject="", source=source, id=message_id)

    async def _has_the_orchestrators(self, raw: Raw, stream: str) -> bool:
        """Whether it is what a run was begun with: the orchestrator, who gets a copy, keeps a letter of its own."""
        if not raw.subject.endswith(".run.submitted"):
            return False
        first = await read(self._nc, stream, raw.subject, limit=1)
        return bool(first) and first[0].seq == raw.seq

    async def _is_there(self, letter: Letter, message_id: str) -> bool:
        if letter.at and datetime.now(UTC) - datetime.fromisoformat(letter.at) < WINDOW:
            return False
        if self._known is None:
            self._known = await _ids(self._nc)
        return message_id in self._known


async def _ids(nc: Client) -> set[str]:
    ids: set[str] = set()
    after, more = 0, 1
    while more:
        page, more = await read_page(nc, DEAD, after, max_bytes=PAGE_BYTES)
        ids.update(raw.id for raw in page if raw.subject.startswith("dead.memory."))
        after = page[-1].seq if page else after
    return ids


def _address(raw: Raw) -> str:
    try:
        subject = parse_event(raw.subject)
        return dead("memory", subject.run, subject.step)
    except MalformedMessage:
        tokens = raw.subject.split(".")
        run = tokens[2] if len(tokens) > 2 and is_token(tokens[2]) else ""
        return dead("memory", run, "")
