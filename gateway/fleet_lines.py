"""What workers and the broker tell, as the lines of the fleet's page. Pure."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from mycoderai.broker.report import AtPool, Report
from mycoderai.schemas.queue import Standing
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.fleet import Holding, PoolLine, RoleLine, WorkerLine

NEEDED = ("orchestrator", "executor", "model", "memory")
_PROCESS = "What was accepted survives the end of every process, but not a loss of power (durability = process)."
_LONGEST = 300


class Waits(Protocol):
    @property
    def oldest_s(self) -> float | None: ...

    @property
    def runs(self) -> tuple[str, ...]: ...


def pool_lines(
    pools: Mapping[str, Standing], waiting: Mapping[str, Waits], reports: Sequence[Report]
) -> tuple[PoolLine, ...]:
    at_pools: dict[str, list[AtPool]] = {}
    for one in reports:
        for at_pool in one.pools:
            at_pools.setdefault(at_pool.pool, []).append(at_pool)
    return tuple(_pool_line(pool, pools[pool], waiting.get(pool), at_pools.get(pool, ())) for pool in sorted(pools))


def _pool_line(pool: str, standing: Standing, waits: Waits | None, there: Sequence[AtPool]) -> PoolLine:
    taking = [one for one in there if not one.draining]
    return PoolLine(
        pool=pool,
        workers=len(taking),
        draining=len(there) - len(taking),
        slots=sum(one.slots for one in taking),
        used=sum(len(one.holds) for one in there),
        pending=standing.pending,
        in_flight=standing.unacked,
        redelivered=standing.redelivered,
        oldest_s=round(waits.oldest_s, 1) if waits and waits.oldest_s is not None else None,
        runs=waits.runs if waits and not taking else (),
    )


def worker_line(told: Report, heard_at: float, now: float) -> WorkerLine:
    holds = (
        Holding(pool=at.pool, run=held.run, step=held.step, for_s=round(max(0.0, now - held.since), 1))
        for at in told.pools
        for held in at.holds
    )
    return WorkerLine(
        worker=told.worker[:_LONGEST],
        roles=told.roles,
        host=told.host[:_LONGEST],
        pid=told.pid,
        version=told.version[:_LONGEST],
        started_at=told.started_at[:_LONGEST],
        seen_s=round(max(0.0, now - heard_at), 1),
        slots=sum(at.slots for at in told.pools if at.steps),
        holds=tuple(holds),
        draining=bool(told.draining),
        drains=told.draining is not None,
        rss_bytes=int(told.rss_bytes),
    )


def missing_roles(reports: Sequence[Report]) -> tuple[str, ...]:
    played = {role for one in reports for role in one.roles}
    return tuple(role for role in NEEDED if role not in played)


def promises(settings: Settings, reports: Sequence[Report]) -> tuple[str, ...]:
    """What can't be promised, and by which host."""
    here = [_PROCESS] if settings.durability == "process" else []
    told = [f"{one.host or one.worker}: {note}"[:_LONGEST] for one in reports for note in one.notes]
    return tuple(dict.fromkeys([*here, *told]))


def role_lines(reports: Sequence[Report]) -> tuple[RoleLine, ...]:
    """Roles as workers describe them, and pools that have workers but no description, by name."""
    served = {at.pool for one in reports for at in one.pools if at.steps and not at.draining}
    lines = {pool: RoleLine(name=pool) for pool in served}
    for one in reports:
        for card in one.cards:
            lines[card.name] = RoleLine(**msgspec.structs.asdict(card), served=card.name in served)
    return tuple(lines[name] for name in sorted(lines))
