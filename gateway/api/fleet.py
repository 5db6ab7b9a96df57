"""The fleet: who is there, what waits, which roles and models there are; and draining a worker."""

import time

from mycoderai.broker.telling import NoSuchWorker, order_drain
from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.fleet_lines import worker_line
from mycoderai.gateway.fleet_view import fleet_view, roles_view
from mycoderai.gateway.models import suggested_models
from mycoderai.gateway.problem import Problem
from mycoderai.schemas.web.fleet import Drain, Drained, Fleet, Models, Roles


class FleetApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/fleet", handler=self.get_fleet, reply=Fleet,
                summary="Pools, workers, streams, and what this fleet can't promise",
            ),
            Endpoint(
                method="POST", path="/fleet/workers/{worker}/drain", handler=self.drain_worker, role="admin",
                body=Drain, reply=Drained, problems=(404, 409),
                summary="Have a worker take no more steps, or take them again",
            ),
            Endpoint(
                method="GET", path="/roles", handler=self.list_roles, reply=Roles,
                summary="The roles there are, as the workers that play them describe them",
            ),
            Endpoint(
                method="GET", path="/models", handler=self.list_models, reply=Models,
                summary="Names of models worth suggesting",
            ),
        ]  # fmt: skip

    async def get_fleet(self, call: Call) -> Fleet:
        return await fleet_view(self._nc, self._settings)

    async def drain_worker(self, call: Call) -> Drained:
        order: Drain = call.body
        worker = call.path["worker"]
        call.details.update(target=worker, id=order.id, detail="drain" if order.draining else "take steps again")
        try:
            told = await order_drain(self._nc, worker, order.draining)
        except NoSuchWorker as err:
            raise Problem(404, "unknown_worker", err.message, "GET /api/v1/fleet lists those that answer") from err
        if told.draining is None:
            raise Problem(409, "takes_no_steps", f"{worker} takes no steps, so there is nothing to drain")
        return Drained(id=order.id, worker=worker_line(told, time.time(), time.time()))

    async def list_roles(self, call: Call) -> Roles:
        return await roles_view(self._nc, self._settings)

    async def list_models(self, call: Call) -> Models:
        return Models(default=self._settings.model, models=await suggested_models(self._memory, self._settings))
