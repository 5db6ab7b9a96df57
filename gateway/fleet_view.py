"""The fleet at a glance: who is there and what it holds, what waits, how full the streams are, what it can't promise.

However many ask, and however often, the broker and the workers are asked once a second at most.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from nats.aio.client import Client

from mycoderai.broker.api import look_up
from mycoderai.broker.backlog import standings
from mycoderai.broker.drift import closed_reason
from mycoderai.broker.kept import Kept
from mycoderai.broker.log import read
from mycoderai.broker.report import Report, Wanted, report
from mycoderai.broker.telling import gather
from mycoderai.broker.topology import streams
from mycoderai.gateway.fleet_lines import missing_roles, pool_lines, promises, role_lines, worker_line
from mycoderai.schemas.queue import Standing
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS, DEAD, EVENTS
from mycoderai.schemas.web.fleet import Fleet, Roles, StreamLine

KEPT_S = 1.0
SILENT_S = 30.0
"""How long a worker that does not answer stays in the list."""
SHOWN_RUNS = 10
GATEWAY = "gateway"


class Seen(NamedTuple):
    report: Report
    at: float


class Waiting(NamedTuple):
    """A pool's commands that have not ended."""

    oldest_s: float | None = None
    runs: tuple[str, ...] = ()


async def fleet_view(nc: Client, settings: Settings) -> Fleet:
    """Raises BrokerUnreachable."""
    return await _view(nc, settings).fleet.get()


async def roles_view(nc: Client, settings: Settings) -> Roles:
    """The roles that somebody may choose, as the workers that answer describe them."""
    return await _view(nc, settings).roles.get()


def _view(nc: Client, settings: Settings) -> "FleetView":
    view = _views.get(nc)
    if view is None:
        view = _views[nc] = FleetView(nc, settings)
    return view


class FleetView:
    def __init__(self, nc: Client, settings: Settings) -> None:
        self._nc = nc
        self._settings = settings
        self._streams = [str(config["name"]) for config in streams(settings)]
        self._seen: dict[str, Seen] = {}
        self.fleet = Kept(self._make, KEPT_S)
        self.roles = Kept(self._make_roles, KEPT_S)

    async def _make_roles(self) -> Roles:
        return Roles(roles=role_lines(await gather(self._nc, wanted=Wanted(rows=False, roles=True))))

    async def _make(self) -> Fleet:
        told, (pools, waiting), infos = await asyncio.gather(
            gather(self._nc, wanted=Wanted(rows=False)), self._queues(), self._infos()
        )
        now = time.time()
        self._see([*told, *self._own()], now)
        reports = [seen.report for seen in self._seen.values()]
        closed = closed_reason(infos[EVENTS]["config"]) if EVENTS in infos else ""
        return Fleet(
            at=datetime.fromtimestamp(now, UTC).isoformat(),
            pools=pool_lines(pools, waiting, reports),
            workers=tuple(worker_line(*self._seen[name], now) for name in sorted(self._seen)),
            streams=tuple(_stream_line(name, info) for name, info in infos.items()),
            missing=missing_roles(reports),
            dead_letters=infos[DEAD]["state"]["messages"] if DEAD in infos else 0,
            open=not closed,
            why_closed=closed,
            durability=self._settings.durability,
            notes=promises(self._settings, reports),
        )

    def _own(self) -> list[Report]:
        """A gateway is one of those it shows; a command is not."""
        return [report((GATEWAY,), Wanted(rows=False))] if self._nc.options.get("user") == GATEWAY else []

    def _see(self, told: Sequence[Report], now: float) -> None:
        self._seen |= {one.worker: Seen(one, now) for one in told}
        self._seen = {name: seen for name, seen in self._seen.items() if now - seen.at < SILENT_S}

    async def _queues(self) -> tuple[dict[str, Standing], dict[str, Waiting]]:
        pools = await standings(self._nc)
        busy = [pool for pool, standing in pools.items() if standing.pending or standing.unacked]
        waiting = await asyncio.gather(*(self._waiting(pool, pools[pool].ended) for pool in busy))
        return pools, dict(zip(busy, waiting, strict=True))

    async def _waiting(self, pool: str, ended: int) -> Waiting:
        first = await read(self._nc, COMMANDS, f"cmd.{pool}.>", ended, limit=SHOWN_RUNS)
        if not first:
            return Waiting()
        age = time.time() - datetime.fromisoformat(first[0].time).timestamp()
        return Waiting(max(0.0, age), tuple(dict.fromkeys(raw.subject.split(".")[2] for raw in first)))

    async def _infos(self) -> dict[str, Mapping[str, Any]]:
        """Of the streams that there are."""
        infos = await asyncio.gather(*(look_up(self._nc, f"STREAM.INFO.{name}") for name in self._streams))
        return {name: info for name, info in zip(self._streams, infos, strict=True) if info}


def _stream_line(name: str, info: Mapping[str, Any]) -> StreamLine:
    return StreamLine(
        name=name,
        messages=info["state"]["messages"],
        bytes=info["state"]["bytes"],
        max_bytes=info["config"]["max_bytes"],
        replicas=info["config"].get("num_replicas", 1),
        leader=(info.get("cluster") or {}).get("leader", ""),
    )


_views: dict[Client, FleetView] = {}
"""A gateway has one connection, which lasts as long as it."""
