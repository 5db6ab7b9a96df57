"""Accounts of money: settled once, made again from the log, closed to everybody but model workers."""

import asyncio
import contextlib
import datetime
import os
import signal
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from budget_support import broker_pid
from eventually import WITHIN_S
from nats.aio.client import Client

from mycoderai.broker import log
from mycoderai.broker.credentials import permissions_of
from mycoderai.broker.log import append, append_bytes, last
from mycoderai.broker.verify import assert_topology
from mycoderai.schemas.budget import NANO, Account
from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest, Usage
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import ModelAnswered
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import BUDGET, Log, fleet_account, run_account
from mycoderai.workers.core.price import FREE, Price
from mycoderai.workers.model import chain
from mycoderai.workers.model.faults import Kind, ProviderFault
from mycoderai.workers.model.identity import fingerprint
from mycoderai.workers.model.policy import Policy
from mycoderai.workers.model.providers import Models
from mycoderai.workers.model.spending import PriceOf, Spending
from mycoderai.workers.model.worker import ModelService

CENT = NANO // 100
IMPATIENT = Policy(first_pause_s=0.001)


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
    return ModelRequest(call=f"1-{number}", run=run, step="main", model="priced", seconds_left=WITHIN_S, **fields)


async def account_of(nc: Client, run: str) -> Account | None:
    return await account_at(nc, run_account(run, 0))


async def account_at(nc: Client, subject: str) -> Account | None:
    raw = await last(nc, subject, BUDGET)
    return raw and msgspec.json.decode(raw.data, type=Account)


def today() -> str:
    return fleet_account(datetime.datetime.now(datetime.UTC).date().isoformat())


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
        (RuntimeError("a bug"), 25),
        (asyncio.CancelledError(), 25),
    ],
    ids=["refused by the provider", "bug", "cancelled"],
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


@pytest.mark.parametrize(
    ("faults", "counted"),
    [([False, False], 10), ([True], 35), ([True, False, True], 60), ([True] * 4, 100)],
    ids=["never began", "broke off once", "broke off twice", "no money for another time"],
)
async def test_a_request_the_provider_may_bill_counts_and_the_next_one_is_reserved_anew(
    fleet, nc: Client, faults: list[bool], counted: int
) -> None:
    run, spending = new_id(), Spending(nc, fleet.settings, costing(Price(call=0.25)))
    outcomes = [ProviderFault(Kind.UNAVAILABLE, "broke off", billed=billed) for billed in faults]

    async def ask(_: ModelRequest) -> ModelAnswer:
        if outcomes:
            raise outcomes.pop()
        return ModelAnswer(message=Message(role="assistant"), usage=Usage(cost_usd=0.1))

    with contextlib.suppress(RefusedError):
        async with spending.on("call", asking(run)) as bill:
            bill.paid((await chain.answer(asking(run), bill.covering(ask), IMPATIENT)).usage)
    for subject in (run_account(run, 0), today()):
        account = await account_at(nc, subject)
        assert account
        assert (account.spent, account.open) == (counted * CENT, {})


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
    await store_without_settling(nc, Spending(nc, fleet.settings, price_of), asking(run))
    reserved = await account_of(nc, run)
    assert reserved
    assert reserved.open
    service = ModelService(nc, Spending(nc, fleet.settings, price_of), Models(fleet.settings))
    for _ in range(2):
        assert (await service.chat(asking(run))).message.content == "paid for"
        assert await account_of(nc, run) == Account(spent=7 * CENT, steps={"main": 7 * CENT})


async def test_what_a_call_cost_is_settled_although_the_broker_did_not_answer_at_first(
    fleet, nc: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, price_of = asking(new_id()), costing(Price(call=0.25))
    subject = Log(request.run).call(request.step, f"{request.call}-{fingerprint(request)}")
    await store_without_settling(nc, Spending(nc, fleet.settings, price_of), request)
    with monkeypatch.context() as impatient:
        impatient.setattr(log, "APPEND_TIMEOUT_S", 0.3)
        os.kill(broker_pid(fleet), signal.SIGSTOP)
        try:
            usage = Usage(cost_usd=0.07)
            settle = Spending(nc, fleet.settings, price_of).settle_stored(subject, request, usage)
            settling = asyncio.create_task(settle)
            await asyncio.wait({settling}, timeout=1)
            assert not settling.done(), "nobody asks again for a call that was answered"
        finally:
            os.kill(broker_pid(fleet), signal.SIGCONT)
    await settling
    assert await account_of(nc, request.run) == Account(spent=7 * CENT, steps={"main": 7 * CENT})


async def store_without_settling(nc: Client, spending: Spending, request: ModelRequest) -> None:
    """What a worker leaves behind that dies between storing an answer and settling it."""
    subject = Log(request.run).call(request.step, f"{request.call}-{fingerprint(request)}")
    await (await spending._bill(subject, request)).reserve()
    answer = Message(role="assistant", content="paid for")
    usage = Usage(cost_usd=0.07)
    event = ModelAnswered(call=request.call, model="priced", message=answer, finish_reason="stop", usage=usage)
    await append(nc, subject, event, expected=0)


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
    answer, usage = Message(role="assistant"), Usage(cost_usd=usd)
    event = ModelAnswered(call=request.call, model="priced", message=answer, finish_reason="stop", usage=usage)
    await append(nc, call_of(request), event, expected=0)


async def delete_all(fleet, nc: Client, run: str) -> None:
    await append_bytes(nc, run_account(run, 0), b"{}", stream=BUDGET)
    admin = await fleet.connect("admin")
    await admin.request(f"$JS.API.STREAM.DELETE.{BUDGET}", b"", timeout=WITHIN_S)
    await assert_topology(admin, fleet.settings)


async def overwrite(_, nc: Client, run: str) -> None:
    await append_bytes(nc, run_account(run, 0), b'{"spent": "nothing"}', stream=BUDGET)


LOSSES: dict[str, Callable[..., Awaitable[None]]] = {"deleted": delete_all, "unreadable": overwrite}


def test_only_model_workers_may_touch_the_accounts_and_the_gateway_may_look() -> None:
    for role in ("client", "gateway", "orchestrator", "executor", "memory", "coder"):
        allowed = permissions_of(role, 1).publish
        touched = [subject for subject in allowed if subject.startswith("budget") or BUDGET in subject]
        looks = [subject for subject in touched if ".GET." in subject]
        assert touched == (looks if role == "gateway" else []), role
    assert "budget.>" in permissions_of("model", 1).publish
