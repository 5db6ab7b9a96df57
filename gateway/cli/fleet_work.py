"""Showing the fleet, and draining workers."""

import time
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from mycoderai.broker.telling import NoSuchWorker, order_drain
from mycoderai.gateway.cli.errors import CliError, ExitCode
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.query import age
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import clean, plural
from mycoderai.gateway.fleet_data import find_running
from mycoderai.gateway.fleet_lines import worker_line
from mycoderai.gateway.fleet_view import fleet_view
from mycoderai.schemas.web.fleet import Fleet, PoolLine, WorkerLine

SHOWN_HOLDS = 3
_POOLS = ("POOL", "WORKERS", "SLOTS", "PENDING", "IN FLIGHT", "REDELIVERED", "OLDEST")
_WORKERS = ("WORKER", "UP", "SLOTS", "MEMORY", "ROLES")


async def ls(options: Options, interrupts: Interrupts) -> int:
    _check_running(options)
    async with Session(options, interrupts) as session:
        await session.open()
        shown = await fleet_view(session.nc, session.settings)
    if options.json:
        for value in _objects(shown):
            options.emit(value)
        return 0
    for line in _table(_POOLS, map(_pool_row, shown.pools)):
        options.say(line)
    options.say()
    for line in _table(_WORKERS, map(_worker_row, shown.workers)):
        options.say(line)
    for worker in shown.workers:
        for held in _holds(worker):
            options.say(held)
    for remark in _remarks(options, shown):
        options.note(remark)
    return 0


async def drain(options: Options, interrupts: Interrupts, workers: Sequence[str], *, draining: bool) -> int:
    _check_running(options)
    async with Session(options, interrupts) as session:
        await session.open()
        for worker in workers:
            try:
                told = await order_drain(session.nc, worker, draining)
            except NoSuchWorker as err:
                raise CliError(err.message, options.hint("fleet ls")) from err
            if told.draining is None:
                raise CliError(f"{clean(worker, 100)} takes no steps", options.hint("fleet ls"))
            _tell(options, worker_line(told, time.time(), time.time()))
    return 0


def _check_running(options: Options) -> None:
    """A fleet that was started for the call would show only itself."""
    if not options.settings.nats_url and find_running(options.settings) is None:
        raise CliError("no fleet is running", "mycoder up", code=ExitCode.UNREACHABLE)


def _objects(shown: Fleet) -> Iterator[dict[str, object]]:
    fields = msgspec.to_builtins(shown)
    for kind in ("pool", "worker", "stream"):
        for line in fields.pop(f"{kind}s"):
            yield {"kind": kind, **line}
    yield {"kind": "fleet", **fields}


def _tell(options: Options, worker: WorkerLine) -> None:
    if options.json:
        options.emit({"kind": "worker", **msgspec.to_builtins(worker)})
    elif worker.draining:
        left = f"; {plural(len(worker.holds), 'step')} left" if worker.holds else ", and has none"
        options.say(f"{clean(worker.worker, 100)} takes no more steps{left}.")
    else:
        options.say(f"{clean(worker.worker, 100)} takes steps.")


def _pool_row(pool: PoolLine) -> tuple[str, ...]:
    oldest = "-" if pool.oldest_s is None else f"{pool.oldest_s:.0f}s"
    workers = f"{pool.workers}" + (f" +{pool.draining} draining" if pool.draining else "")
    waits = (str(pool.pending), str(pool.in_flight), str(pool.redelivered), oldest)
    return (clean(pool.pool, 30), workers, f"{pool.used}/{pool.slots}", *waits)


def _worker_row(worker: WorkerLine) -> tuple[str, ...]:
    up = f"silent {worker.seen_s:.0f}s" if worker.seen_s >= 1 else age(worker.started_at)
    slots = "draining" if worker.draining else f"{len(worker.holds)}/{worker.slots}" if worker.slots else "-"
    return clean(worker.worker, 60), up, slots, f"{worker.rss_bytes >> 20} MB", clean(" ".join(worker.roles), 60)


def _holds(worker: WorkerLine) -> Iterator[str]:
    for held in worker.holds[:SHOWN_HOLDS]:
        where = f"{held.run}/{held.step}" if held.step else held.run
        yield f"  {clean(worker.worker, 60)} has {clean(where, 80)} for {held.for_s:.0f}s"
    if (more := len(worker.holds) - SHOWN_HOLDS) > 0:
        yield f"  {clean(worker.worker, 60)} has {more} more"


def _remarks(options: Options, shown: Fleet) -> Iterator[str]:
    if not shown.open:
        yield f"New runs are not accepted: {shown.why_closed}"
    for role in shown.missing:
        yield f"Nobody plays {role}: mycoder worker --role {role}"
    for pool in shown.pools:
        if pool.pending and not pool.workers:
            waiting = f"{plural(pool.pending, 'step')} of {' '.join(pool.runs)} wait"
            yield f"No worker takes the steps of {pool.pool}; {waiting}"
    if shown.dead_letters:
        yield f"{plural(shown.dead_letters, 'dead letter')}: {options.hint('dead ls')}"
    yield from shown.notes


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()
