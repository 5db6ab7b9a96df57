"""Accounts of money: settled once, made again from the log, closed to everybody but model workers."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from nats.aio.client import Client

from mycoderai.broker.credentials import permissions_of
from mycoderai.broker.log import append, append_bytes, last
from mycoderai.broker.topology import assert_topology
from mycoderai.schemas.chat import Message, ModelRequest, Usage
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import ModelAnswered
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import BUDGET, Log, run_account
from mycoderai.workers.core.budget import NANO, Account
from mycoderai.workers.core.price import FREE, Price
from mycoderai.workers.model.spending import PriceOf, Spending
from mycoderai.workers.model.worker import ModelService

CENT = NANO // 100


@pytest.fixture
async def fleet(start_fleet):
    return await start_fleet(roles=(), fleet_usd_per_day=5.0)


@pytest.fixture
async def nc(fleet) -> Client:
    return await fleet.connect("model")


def costing(price: Price | None) -> PriceOf:
    async def price_of(_: str) -> Price | None:
        return price

    return price_of


def asking(run: str, number: int = 1, **changes: object) -> ModelRequest:
    fields: dict[str, object] = {"run_usd": 1.0, "messages": (Message(role="user", content="go on"),)} | changes
    return ModelRequest(call=f"1-{number}", run=run, step="main", model="priced", seconds_left=0.5, **fields)


async def account_of(nc: Client, run: str) -> Account | None:
    raw = await last(nc, run_account(run, 0), BUDGET)
    return raw and msgspec.json.decode(raw.data, type=Account)


async def pay(spending: Spending, request: ModelRequest, usd: float | None) -> None:
    async with spending.on(call_of(request), request) as bill:
        bill.paid(Usage(cost_usd=usd))


def call_of(request: ModelRequest) -> str:
    return Log(request.run).call(request.step, request.call)


async def test_a_call_is_reserved_while_it_runs_and_settled_when_it_ended(fleet, nc: Client) -> None:
    run, spending = new_id(), Spending(nc, fleet.settings, costing(Price(call=0.25)))
    async with spending.on("call", asking(run)) as bill:
        reserved = await account_of(nc, run)
        bill.paid(Usage(cost_usd=0.1))
    assert reserved
    assert [held.amount for held in reserved.open.values()] == [25 * CENT]
    assert await account_of(nc, run) == Account(spent=10 * CENT, steps={"main": 10 * CENT})


@pytest.mark.parametrize(
    ("usd", "counted"),
    [(0.1, 10), (0.4, 40), (-3.0, 25), (None, 25)],
    ids=["less", "more than reserved", "negative", "unknown"],
)
async def test_whatever_a_provider_bills_the_account_makes_sense_of_it(
    fleet, nc: Client, usd: float | None, counted: int
) -> None:
    run = new_id()
    await pay(Spending(nc, fleet.settings, costing(Price(call=0.25))), asking(run), usd)
    account = await account_of(nc, run)
    assert account
    assert account.spent == counted * CENT


@pytest.mark.parametrize(
    ("error", "counted"),
    [
        (RefusedError(failure(FailureCode.MODEL_AUTH)), 0),
        (RefusedError(failure(FailureCode.MODEL_ERROR)), 25),
        (RuntimeError("a bug"), 25),
        (asyncio.CancelledError(), 25),
    ],
    ids=["refused by the provider", "failed in the middle", "bug", "cancelled"],
)
async def test_a_call_that_failed_counts_in_full_where_it_may_have_been_billed(
    fleet, nc: Client, error: BaseException, counted: int
) -> None:
    run, spending = new_id(), Spending(nc, fleet.settings, costing(Price(call=0.25)))
    with pytest.raises(type(error)):
        async with spending.on("call", asking(run)):
            raise error
    account = await account_of(nc, run)
    assert account
    assert (account.spent, account.cut_off, account.open) == (counted * CENT, counted * CENT, {})


async def test_a_refused_call_leaves_nothing_reserved_anywhere(fleet, nc: Client) -> None:
    run, spending = new_id(), Spending(nc, fleet.settings, costing(Price(call=4.0)))
    await pay(spending, asking(new_id(), run_usd=None), 4.0)
    with pytest.raises(RefusedError, match="The fleet has today") as refused:
        await pay(spending, asking(run, run_usd=10.0), 4.0)
    assert refused.value.failure.code is FailureCode.BUDGET
    assert await account_of(nc, run) == Account(steps={"main": 0})
    await pay(Spending(nc, fleet.settings, costing(Price(call=1.0))), asking(run), 1.0)


async def test_a_free_model_leaves_no_account_and_an_unpriced_one_is_refused(fleet, nc: Client) -> None:
    run = new_id()
    await pay(Spending(nc, fleet.settings, costing(FREE)), asking(run), 0.0)
    with pytest.raises(RefusedError, match=r"no price is known for priced") as refused:
        await pay(Spending(nc, fleet.settings, costing(None)), asking(run), 0.0)
    assert "under [prices]" in refused.value.fix
    unlimited = msgspec.structs.replace(fleet.settings, fleet_usd_per_day=None)
    await pay(Spending(nc, unlimited, costing(None)), asking(run, run_usd=None), 1.0)
    assert await account_of(nc, run) is None


async def test_a_stored_answer_is_settled_once_when_its_worker_died_before_it_could(fleet, nc: Client) -> None:
    run, price_of = new_id(), costing(Price(call=0.25))
    request = asking(run)
    service = ModelService(nc, Spending(nc, fleet.settings, price_of))
    subject = await stored_but_not_settled(nc, service, Spending(nc, fleet.settings, price_of), request)
    for _ in range(2):
        assert (await service.chat(request)).message.content == "paid for"
        assert await account_of(nc, run) == Account(spent=7 * CENT, steps={"main": 7 * CENT})
    assert subject


async def stored_but_not_settled(nc: Client, service: ModelService, spending: Spending, request: ModelRequest) -> str:
    """What a worker leaves behind that dies between storing an answer and settling it."""
    subjects: list[str] = []

    async def note(subject: str, _: ModelRequest) -> None:
        subjects.append(subject)
        raise asyncio.CancelledError

    service._answer, answer = note, service._answer  # type: ignore[method-assign,assignment]
    with pytest.raises(asyncio.CancelledError):
        await service.chat(request)
    service._answer = answer  # type: ignore[method-assign]
    [subject] = subjects
    await spending._reserve(subject, request, "dead")
    event = ModelAnswered(
        call=request.call, model="priced", message=Message(role="assistant", content="paid for"),
        finish_reason="stop", usage=Usage(cost_usd=0.07),
    )  # fmt: skip
    await append(nc, subject, event, expected=0)
    return subject


@pytest.mark.parametrize("loss", ["deleted", "unreadable"])
async def test_a_lost_account_is_made_again_from_the_answers(fleet, nc: Client, loss: str) -> None:
    run = new_id()
    for number, usd in enumerate((0.3, 0.4), 1):
        await answered(nc, asking(run, number), usd)
    await answered(nc, asking(new_id()), 4.0)
    await LOSSES[loss](fleet, nc, run)
    spending = Spending(nc, fleet.settings, costing(Price(call=0.25)))
    await pay(spending, asking(run, 3), 0.25)
    account = await account_of(nc, run)
    assert account
    assert (account.spent, account.steps) == (95 * CENT, {"main": 95 * CENT})
    with pytest.raises(RefusedError, match=r"today \(UTC\) used \$4.95 of \$5.00"):
        await pay(spending, asking(new_id()), 0.25)


async def answered(nc: Client, request: ModelRequest, usd: float) -> None:
    event = ModelAnswered(
        call=request.call, model="priced", message=Message(role="assistant"), finish_reason="stop",
        usage=Usage(cost_usd=usd),
    )  # fmt: skip
    await append(nc, call_of(request), event, expected=0)


async def delete_all(fleet, nc: Client, run: str) -> None:
    await append_bytes(nc, run_account(run, 0), b"{}", stream=BUDGET)
    admin = await fleet.connect("admin")
    await admin.request(f"$JS.API.STREAM.DELETE.{BUDGET}", b"", timeout=5)
    await assert_topology(admin, fleet.settings)


async def overwrite(_, nc: Client, run: str) -> None:
    await append_bytes(nc, run_account(run, 0), b'{"spent": "nothing"}', stream=BUDGET)


LOSSES: dict[str, Callable[..., Awaitable[None]]] = {"deleted": delete_all, "unreadable": overwrite}


def test_only_model_workers_may_touch_the_accounts() -> None:
    for role in ("client", "gateway", "orchestrator", "executor", "memory", "coder"):
        allowed = permissions_of(role, 1)
        assert not [subject for subject in allowed.publish if subject.startswith("budget") or BUDGET in subject]
    assert "budget.>" in permissions_of("model", 1).publish
