"""The list of runs, and one run."""

from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.memory import Memory
from mycoderai.schemas.memory import ListRuns, RunDetail, Runs


class RunsApi:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/runs", handler=self.list_runs, query=ListRuns, reply=Runs,
                summary="The newest runs first",
            ),
            Endpoint(
                method="GET", path="/runs/{run}", handler=self.get_run, reply=RunDetail, problems=(404,),
                summary="One run: its steps, attempts, evidence, questions and cost",
            ),
        ]  # fmt: skip

    async def list_runs(self, call: Call) -> Runs:
        return await self._memory.runs(call.query)

    async def get_run(self, call: Call) -> RunDetail:
        return await self._memory.run(call.run)
