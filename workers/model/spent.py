"""An account made again from the answers in the log: what was paid. What is under way cannot be seen there."""

from nats.aio.client import Client

from mycoderai.broker.log import Raw, first_since, read
from mycoderai.schemas.budget import Account
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import ModelAnswered
from mycoderai.schemas.subjects import stream_of
from mycoderai.workers.core.budget import nano, spend

PAGE = 100
"""Answers read at a time: they hold whole messages."""


async def spent_by_run(nc: Client, run: str, shard: int) -> Account:
    return await _add_up(Account(), nc, stream_of(shard), f"evt.{shard}.{run}.call.>", 0, by_step=True)


async def spent_by_fleet(nc: Client, shards: int, day: str) -> Account:
    """Since the day began, in UTC."""
    account = Account()
    for stream in map(stream_of, range(shards)):
        first = await first_since(nc, stream, "evt.*.*.call.>", f"{day}T00:00:00Z")
        if first:
            account = await _add_up(account, nc, stream, "evt.*.*.call.>", first - 1, by_step=False)
    return account


async def _add_up(account: Account, nc: Client, stream: str, subject: str, after: int, *, by_step: bool) -> Account:
    while page := await read(nc, stream, subject, after, PAGE):
        for raw in page:
            cost, step = _cost(raw)
            account = spend(account, cost, step if by_step else "")
        after = page[-1].seq
    return account


def _cost(raw: Raw) -> tuple[int, str]:
    try:
        recorded = raw.parse()
    except MalformedMessage:
        return 0, ""  # counted by those who read the whole log
    event = recorded.event
    return (nano(event.usage.cost_usd), recorded.subject.step) if isinstance(event, ModelAnswered) else (0, "")
