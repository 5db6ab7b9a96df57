"""Who gave which command and what became of it, in the stream AUDIT.

The intent is stored before a command is carried out, so none goes unseen: without it the command is refused. The
outcome takes the intent's place on the same subject. When the outcome cannot be stored, or the gateway dies meanwhile,
the intent stays (`begun`), and the gateway's log has the rest.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.api import ask_api
from mycoderai.broker.log import Raw, read_page, store
from mycoderai.gateway.problem import as_problem
from mycoderai.schemas.errors import BrokerUnreachable, MycoderError
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import AUDIT, audit
from mycoderai.schemas.web.access import Audit, Audited, Me

MOST = 1_000
_STORED_WITHIN_S = 5.0
_CHARS = 500
Details = dict[str, str]
"""`target`, `id`, `detail` and, where an answer without an error is no success, `outcome`."""
log = structlog.get_logger()


class AuditLog:
    """`carrying_out` is for commands, `refused` for what was not even begun."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    @asynccontextmanager
    async def carrying_out(self, me: Me, what: str, details: Details, *, address: str = "") -> AsyncIterator[None]:
        """Around a command; whoever carries it out may add to `details` what is worth knowing, but no secrets.

        Raises BrokerUnreachable or NoRoom, and then nothing has begun.
        """
        subject = audit(new_id())
        await self._store(subject, _entry(me, what, details, "begun", address))
        try:
            yield
        except Exception as err:  # not when it is cancelled: what became of it is not known then
            details.setdefault("detail", _why(err))
            await self._end(subject, _entry(me, what, details, _outcome(err), address))
            raise
        await self._end(subject, _entry(me, what, details, details.get("outcome", "done"), address))

    async def refused(self, me: Me, what: str, details: Details, *, address: str = "") -> None:
        """What was asked and not begun; the refusal stands whether or not this can be stored."""
        await self._end(audit(new_id()), _entry(me, what, details, "refused", address))

    async def page(self, before: int, limit: int) -> Audit:
        """Newest first."""
        state = (await ask_api(self._nc, f"STREAM.INFO.{AUDIT}"))["state"]
        if not state["messages"]:
            return Audit(entries=())
        newest, first = min(before - 1, state["last_seq"]) if before else state["last_seq"], state["first_seq"]
        limit = max(1, min(limit, MOST))
        found: list[Raw] = []
        while newest >= first and len(found) <= limit:
            oldest = max(first, newest - 2 * limit)
            found[:0] = await self._between(oldest, newest)
            newest = oldest - 1
        entries = tuple(_decoded(raw) for raw in reversed(found[-limit:]))
        return Audit(entries=entries, more=len(found) > limit)

    async def _between(self, oldest: int, newest: int) -> list[Raw]:
        found: list[Raw] = []
        while True:
            after = found[-1].seq if found else oldest - 1
            page, pending = await read_page(self._nc, AUDIT, after, limit=newest - after)
            found += [raw for raw in page if raw.seq <= newest]
            if not page or not pending or page[-1].seq >= newest:
                return found

    async def _end(self, subject: str, entry: Audited) -> None:
        try:
            await self._store(subject, entry)
        except (MycoderError, nats.errors.Error) as err:
            # It is carried out, or refused, and that must be told; our own log keeps what the broker does not.
            log.error("audit.unwritten", error=str(err), **msgspec.to_builtins(entry))

    async def _store(self, subject: str, entry: Audited) -> None:
        payload = msgspec.json.encode(entry)
        answer = await store(self._nc, subject, payload, {}, timeout_s=_STORED_WITHIN_S, wait_for_room=False)
        if error := answer.get("error"):
            raise BrokerUnreachable(f"the broker does not keep the audit: {error.get('description')}")


def named(what: str, body: object) -> str:
    """The command's name in the audit: of a union's member, with its verb."""
    tag = body.__struct_config__.tag if isinstance(body, msgspec.Struct) else None
    return f"{what}.{tag}" if tag else what


def _entry(me: Me, what: str, details: Details, outcome: str, address: str) -> Audited:
    return msgspec.convert(
        {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "who": me.name,
            "role": me.role,
            "what": what,
            "outcome": outcome,
            "address": address,
            **{name: details.get(name, "")[:_CHARS] for name in ("target", "id", "detail")},
        },
        Audited,
    )


def _outcome(err: BaseException) -> str:
    problem = as_problem(err)
    return "refused" if problem and problem.status < 500 else "failed"


def _why(err: BaseException) -> str:
    problem = as_problem(err)
    return problem.code if problem else type(err).__name__


def _decoded(raw: Raw) -> Audited:
    return msgspec.structs.replace(msgspec.json.decode(raw.data, type=Audited), seq=raw.seq)
