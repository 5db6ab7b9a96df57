"""A run's plan in all its revisions."""

import asyncio

from mycoderai.broker.log import read_events
from mycoderai.broker.pools import is_unattended
from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.finding import find_run
from mycoderai.schemas.events import RunPlanned
from mycoderai.schemas.web.runs import Plan, PlanRevision


class PlanApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/runs/{run}/plan", handler=self.get_plan, reply=Plan, problems=(404,),
                summary="Every revision of the plan, and the pools that steps can be given to",
            ),
        ]  # fmt: skip

    async def get_plan(self, call: Call) -> Plan:
        log, submitted = await find_run(self._nc, self._settings, self._memory, call.run)
        planned = log.run_event("planned")
        found, roles = await asyncio.gather(read_events(self._nc, log.stream, planned, submitted.seq), self._attended())
        revisions = tuple(
            PlanRevision(
                revision=event.revision,
                seq=recorded.seq,
                at=recorded.time,
                reason=event.reason,
                waits=event.waits,
                steps=event.steps,
            )
            for recorded in found
            if isinstance(event := recorded.event, RunPlanned)
        )
        return Plan(revision=revisions[-1].revision if revisions else 0, revisions=revisions, roles=roles)

    async def _attended(self) -> tuple[str, ...]:
        pools = self._settings.all_pools
        unattended = await asyncio.gather(*(is_unattended(self._nc, pool) for pool in pools))
        return tuple(pool for pool, alone in zip(pools, unattended, strict=True) if not alone)
