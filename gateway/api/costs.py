"""What models cost, and how much is left."""

from datetime import UTC, datetime

from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.budgets import account_of, day_budget, run_budget
from mycoderai.schemas.memory import Costs, CostTable
from mycoderai.schemas.subjects import fleet_account, run_account
from mycoderai.schemas.web.costs import Budget, CostReport, CostsQuery


class CostsApi(Area):
    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/costs", handler=self.get_costs, query=CostsQuery, reply=CostReport,
                problems=(404,), summary="What models cost by model, run, step, day or role, and how much is left",
            ),
        ]  # fmt: skip

    async def get_costs(self, call: Call) -> CostReport:
        query: CostsQuery = call.query
        asked = Costs(by=query.by, run=query.run, since=query.since)
        table = await self._memory.ask(asked, CostTable)
        return CostReport(
            by=query.by,
            lines=table.lines,
            total=table.total,
            run=await self._of_run(query.run) if query.run else None,
            day=await self._of_today(),
            fresh=table.fresh,
        )

    async def _of_run(self, run: str) -> Budget:
        detail = await self._memory.run(run)
        return run_budget(detail, await account_of(self._nc, run_account(detail.run.run, detail.run.shard)))

    async def _of_today(self) -> Budget:
        now = datetime.now(UTC)
        day = now.strftime("%Y-%m-%d")
        table = await self._memory.ask(Costs(by="day", since=day), CostTable)
        account = await account_of(self._nc, fleet_account(day))
        return day_budget(now, account, table.total.known_usd, self._settings.fleet_usd_per_day)
