"""What may still be spent: the accounts that model workers keep, and where nothing is limited what memory added up."""

from datetime import UTC, datetime

import msgspec
import structlog
from nats.aio.client import Client

from mycoderai.broker.log import last
from mycoderai.schemas.budget import NANO, Account
from mycoderai.schemas.memory import RunDetail
from mycoderai.schemas.subjects import BUDGET
from mycoderai.schemas.web.costs import Budget

ENDED = ("succeeded", "failed", "cancelled")
_LEAST_OF_A_DAY = 1 / 24
"""A day is not projected from less than an hour."""
log = structlog.get_logger()


async def account_of(nc: Client, subject: str) -> Account | None:
    """None where nothing is limited, or nobody can read it: it is made anew from the log then."""
    raw = await last(nc, subject, BUDGET)
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw.data, type=Account)
    except msgspec.DecodeError as err:
        log.warning("budget.account_unreadable", subject=subject, error=str(err)[:200])
        return None


def run_budget(detail: RunDetail, account: Account | None) -> Budget:
    run = detail.run
    share = 1.0 if run.status in ENDED else run.steps_done / run.steps if run.steps else 0.0
    return _budget(account, run.spent.known_usd, detail.submission.limits.usd, share)


def day_budget(now: datetime, account: Account | None, known_usd: float, limit_usd: float | None) -> Budget:
    begun = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    share = (now - begun).total_seconds() / 86_400
    return _budget(account, known_usd, limit_usd, share if share >= _LEAST_OF_A_DAY else 0.0)


def _budget(account: Account | None, known_usd: float, limit_usd: float | None, share: float) -> Budget:
    """share: of the whole that has been done; 0 where that says nothing yet."""
    spent = account.spent / NANO if account else known_usd
    reserved = sum(held.amount for held in account.open.values()) / NANO if account else 0.0
    return Budget(
        spent_usd=spent,
        reserved_usd=reserved,
        limit_usd=limit_usd,
        projected_usd=spent / share if share else None,
    )
