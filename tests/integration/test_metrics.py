"""What is shown to those who watch a fleet or scale it: one page for all of it, one for each worker alone."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from eventually import eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, Reply, gateway, request
from metrics_support import Page
from ports_support import free_ports
from supervision_support import POOL, TASK, start_worker

from mycoderai.broker.metrics import Row
from mycoderai.broker.report import Report
from mycoderai.gateway.metrics import KEPT_S
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.subjects import COMMANDS, METRICS_ASKED, metrics_told

NOOP = RunSubmitted(task="do nothing", role="noop")


async def page(served: Gateway) -> Page:
    reply = await served.get("/metrics")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Page(reply.text)


async def until(served: Gateway, holds: Callable[[Page], bool]) -> Page:
    """Pages are kept for five seconds, so a test waits for the next one."""

    async def look() -> Page | None:
        shown = await page(served)
        return shown if holds(shown) else None

    return await eventually(look)


def all_told(shown: Page) -> bool:
    """Who did not answer in time, or had not counted its last step, is on a later page; so is what the broker then
    knows of the queues, which is asked at the same time."""
    there = all(
        shown.value("mycoder_workers", role=role) == 1 for role in ("orchestrator", "noop", "memory", "gateway")
    )
    at_work = [shown.value("mycoder_slots_busy", role=role) for role in ("orchestrator", "noop")]
    counted = [
        shown.value("mycoder_deliveries_total", role="orchestrator"),
        shown.value("mycoder_steps_total", role="noop"),
        shown.value("mycoder_queue_lag", role="noop"),
    ]
    return there and at_work == [0, 0] and counted == [10, 5, 0]


async def test_one_page_shows_queues_streams_and_every_process(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator", "noop", "memory"), gateway_access="token")
    for log in [await fleet.submit(NOOP) for _ in range(5)]:
        await fleet.finished(log)
    async with gateway(fleet.settings) as served:
        assert (await served.get("/metrics", token=False)).status == 401
        shown = await until(served, all_told)
    assert shown.value("mycoder_runs_total", status="succeeded") == 5
    assert shown.value("mycoder_steps_total", role="noop", outcome="done") == 5
    assert shown.value("mycoder_attempts_total", role="noop") == 5
    assert shown.value("mycoder_step_duration_seconds_count", role="noop") == 5
    assert shown.value("mycoder_deliveries_total", role="orchestrator") == 10, "each run's beginning and its step's end"
    assert shown.value("mycoder_redeliveries_total", role="noop") == 0
    assert (shown.value("mycoder_slots", role="noop"), shown.value("mycoder_slots_busy", role="noop")) == (4, 0)
    assert shown.value("mycoder_queue_lag", role="noop") == 0
    assert shown.value("mycoder_queue_oldest_seconds", role="noop") == 0
    assert (shown.value("mycoder_stream_messages", stream="EVENTS") or 0) >= 25
    assert shown.value("mycoder_stream_bytes_limit", stream=COMMANDS) == 1 << 29
    assert (shown.value("mycoder_dead_letters"), shown.value("mycoder_admission_open")) == (0, 1)
    assert (shown.value("process_resident_memory_bytes") or 0) > 4 * 10e6, "of four processes"
    assert shown.value("mycoder_event_loop_lag_seconds") is not None


async def test_a_queue_nobody_takes_from_grows(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator",))
    async with gateway(fleet.settings) as served:
        assert (await page(served)).value("mycoder_queue_lag", role="noop") == 0
        for _ in range(3):
            await fleet.submit(NOOP)
        grown = await until(served, lambda shown: shown.value("mycoder_queue_pending", role="noop") == 3)
    assert grown.value("mycoder_queue_lag", role="noop") == 3
    assert (grown.value("mycoder_queue_oldest_seconds", role="noop") or 0) > 0
    assert grown.value("mycoder_workers", role="noop") is None


async def test_a_queue_that_is_missing_is_no_empty_queue(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())
    async with gateway(msgspec.structs.replace(fleet.settings, pools=("forgotten",))) as served:
        shown = await page(served)
    assert (shown.value("mycoder_queue_up", role="noop"), shown.value("mycoder_queue_lag", role="noop")) == (1, 0)
    assert shown.value("mycoder_queue_up", role="forgotten") == 0
    for name in ("lag", "pending", "in_flight", "oldest_seconds", "redelivered"):
        assert shown.value(f"mycoder_queue_{name}", role="forgotten") is None, name


async def test_scrapes_do_not_become_requests_to_the_broker(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())
    admin = await fleet.connect("admin")
    asked: list[str] = []

    async def on_request(msg: Any) -> None:
        asked.append(msg.reply)

    await admin.subscribe("$JS.API.CONSUMER.INFO.COMMANDS.noop", cb=on_request)
    await admin.flush()
    async with gateway(fleet.settings) as served:
        began = time.monotonic()
        replies = await asyncio.gather(*(served.get("/metrics") for _ in range(20)))
        pages = len({reply.text for reply in replies})
        assert pages <= 1 + (time.monotonic() - began) / KEPT_S
        await admin.flush()  # behind all that was asked for these pages
        by_gateway = await eventually(lambda: [reply for reply in asked if reply.startswith("_INBOX.gateway.")])
    assert len(by_gateway) <= pages


async def test_what_a_process_tells_under_other_names_is_left_out(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(())
    liar = await fleet.connect("coder")
    rows = {
        "mycoder_steps_total": [
            Row(('co"d\ner\\', "done"), (3.0,)),
            Row(("coder",), (4.0,)),
            Row(("a", "b"), (1.0, 2.0)),
        ],
        "mycoder_queue_lag": [Row(("coder",), (99.0,))],
        "made_up": [Row((), (1.0,))],
    }

    async def tell(_: Any) -> None:
        await liar.publish(metrics_told("coder"), b"\xff not JSON")
        told = Report(worker='a"b', roles=("coder",), rows=rows)
        await liar.publish(metrics_told("coder"), msgspec.json.encode(told))

    await liar.subscribe(METRICS_ASKED, cb=tell)
    await liar.flush()
    async with gateway(fleet.settings) as served:
        shown = await until(served, lambda shown: shown.value("mycoder_steps_total") is not None)
    assert shown.value("mycoder_steps_total", role='co"d\ner\\', worker='a"b') == 3
    assert shown.value("mycoder_steps_total") == 3
    assert shown.value("mycoder_queue_lag", role="coder") == 0
    assert "made_up" not in shown.types


async def test_a_worker_alone_shows_its_own_queue_and_slots(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator",), pools=(POOL,))
    [port] = free_ports(1)
    with socket.create_server(("127.0.0.1", port)):
        worker = await start_worker(fleet.settings, "hold", MYCODER_METRICS_PORT=str(port))
    try:
        idle = await scrape(port)  # the port is free only now; the worker waited for it
        assert (idle.value("mycoder_slots", role=POOL), idle.value("mycoder_slots_busy", role=POOL)) == (1, 0)
        assert (idle.value("mycoder_queue_up", role=POOL), idle.value("mycoder_queue_lag")) == (1, 0)
        assert 10e6 < (idle.value("process_resident_memory_bytes") or 0) < 45e6
        for _ in range(3):
            await fleet.submit(TASK)
        await eventually(lambda: is_busy(port))
        for path, method, status in (
            ("/", "GET", 404),
            ("/metrics?x=1", "GET", 200),
            ("/metrics", "POST", 405),
            ("/" + 9000 * "a", "GET", 431),
        ):
            assert (await ask(port, path, method)).status == status, (path[:20], method)
    finally:
        worker.kill()
        await worker.wait()


async def scrape(port: int) -> Page:
    """Once somebody listens."""

    async def look() -> Page | None:
        with suppress(ConnectionRefusedError):
            return Page((await ask(port)).text)
        return None

    return await eventually(look)


async def is_busy(port: int) -> bool:
    """With one of three steps. What the worker and what the broker say of that may be on the page one before the
    other."""
    page = await scrape(port)
    names = ("queue_lag", "queue_in_flight", "queue_pending", "slots_busy")
    return [page.value(f"mycoder_{name}", role=POOL) for name in names] == [3, 1, 2, 1]


async def ask(port: int, path: str = "/metrics", method: str = "GET") -> Reply:
    return await asyncio.to_thread(request, method, f"http://127.0.0.1:{port}", path, {})
