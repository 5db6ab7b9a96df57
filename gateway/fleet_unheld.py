"""Commands that were delivered and that nobody living holds: given to a worker that died before it could tell of them.

The broker knows which commands it delivered, not to whom. So every worker of the pool is asked what it holds; what none
of them names is delivered again now instead of after the ack wait.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from mycoderai.broker.api import look_up
from mycoderai.broker.connect import connect
from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.log import BATCH, read
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS, held_asked, held_told

TRIES = 5
ANSWERED_WITHIN_S = 0.3
_CONNECTIONS = "$SYS.REQ.SERVER.PING.CONNZ"
log = structlog.get_logger()


async def hand_back_unheld(settings: Settings, pools: Iterable[str], handed_back: Collection[int] = ()) -> int:
    """Have the broker deliver again now what no connected worker of these pools holds; how many there were.

    handed_back: what is on its way already. To refuse it twice would take it away from whoever got it meanwhile.

    Nothing is done for a pool whose workers do not all answer, nor without the administrator's password. A worker that
    is not connected at this moment is taken for dead; should it live, its attempt is fenced as after a lost lease.
    """
    if not (settings.credentials / ADMIN).exists():
        return 0
    try:
        nc = await connect(settings, ADMIN, name="supervisor")
    except MycoderError:
        return 0
    try:
        return sum(await asyncio.gather(*(_hand_back(nc, pool, handed_back) for pool in pools)))
    except (MycoderError, nats.errors.Error) as err:
        log.info("fleet.unheld_unknown", error=str(err))
        return 0
    finally:
        await nc.close()


async def _hand_back(nc: Client, pool: str, handed_back: Collection[int]) -> int:
    for _ in range(TRIES):
        # What is pending first: who holds it got it before the question.
        pending, newest = await _pending(nc, pool)
        if not pending.difference(handed_back):
            return 0
        held = await _held(nc, pool)
        if held is not None:
            return await _refuse(nc, pool, pending.difference(held, handed_back), newest)
    return 0


async def _pending(nc: Client, pool: str) -> tuple[set[int], int]:
    """Where the commands stand in the queue that are delivered and not acknowledged, and the number of the last
    delivery."""
    info = await look_up(nc, f"CONSUMER.INFO.{COMMANDS}.{pool}")
    if not info or not info["num_ack_pending"]:
        return set(), 0
    seen, last = info["ack_floor"]["stream_seq"], info["delivered"]["stream_seq"]
    pending: set[int] = set()
    while page := await read(nc, COMMANDS, f"cmd.{pool}.>", after=seen, limit=BATCH):
        pending |= {raw.seq for raw in page if raw.seq <= last}
        seen = page[-1].seq
        if seen >= last:
            break
    return pending, info["delivered"]["consumer_seq"]


async def _held(nc: Client, pool: str) -> set[int] | None:
    """What the connected workers hold; None when not all of them answered."""
    async with _gathering(nc, held_told(pool)) as answers:
        await nc.publish(held_asked(pool))
        told = await answers(await _listening(nc, held_asked(pool)))
    return None if told is None else {seq for msg in told for seq in json.loads(msg.data)}


async def _listening(nc: Client, subject: str) -> int:
    """How many connections listen to a subject, on all servers. Raises MycoderError when that cannot be known."""
    inbox = nc.new_inbox()
    async with _gathering(nc, inbox) as answers:
        await nc.publish(_CONNECTIONS, json.dumps({"filter_subject": subject, "limit": 10_000}).encode(), reply=inbox)
        told = await answers(len(nc._server_info.get("connect_urls") or ()) or 1)
    servers = [json.loads(msg.data).get("data") for msg in told or ()]
    if not servers or None in servers:
        raise MycoderError("not every server of the broker tells who is connected")
    return sum(len(server.get("connections") or ()) for server in servers)


@contextlib.asynccontextmanager
async def _gathering(nc: Client, subject: str) -> AsyncIterator[Callable[[int], Awaitable[list[Msg] | None]]]:
    """A function that waits for that many messages on the subject, all since the block began; None: there are fewer."""
    messages: list[Msg] = []
    more = asyncio.Event()

    async def on_message(msg: Msg) -> None:
        messages.append(msg)
        more.set()

    async def wait_for(count: int) -> list[Msg] | None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                while len(messages) < count:
                    more.clear()
                    await more.wait()
        return messages if len(messages) >= count else None

    subscription = await nc.subscribe(subject, cb=on_message)
    try:
        yield wait_for
    finally:
        await subscription.unsubscribe()


async def _refuse(nc: Client, pool: str, unheld: set[int], newest: int) -> int:
    for seq in sorted(unheld):
        # As the worker it was delivered to would have refused it; the broker looks at these numbers only.
        await nc.publish(f"$JS.ACK.{COMMANDS}.{pool}.1.{seq}.{newest}.0.0", b"-NAK")
    await nc.flush(2)
    return len(unheld)
