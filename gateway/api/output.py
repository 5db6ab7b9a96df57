"""What steps printed, and the artifacts that hold what was too long for the log."""

from nats.aio.client import Client
from starlette.responses import Response, StreamingResponse

from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.code import answers
from mycoderai.gateway.code.output import Outputs
from mycoderai.gateway.code.ranges import content_range
from mycoderai.gateway.code.stored import Stored
from mycoderai.gateway.finding import find_run
from mycoderai.gateway.memory import Memory
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.code import OutputQuery, StepOutput


class OutputApi(Area):
    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        super().__init__(nc, settings, memory)
        self._outputs = Outputs(nc)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path="/runs/{run}/steps/{step}/output", handler=self.step_output, media="text/plain",
                problems=(404, 416), summary="What the tools of a step printed so far, its end or a range of it",
            ),
            Endpoint(
                method="GET", path="/runs/{run}/steps/{step}/output/sections", handler=self.step_output_sections,
                query=OutputQuery, reply=StepOutput, problems=(404,),
                summary="Which tool call printed which bytes of a step's output",
            ),
            Endpoint(
                method="GET", path="/artifacts/{name}", handler=self.artifact, media="application/octet-stream",
                problems=(404, 416), summary="A stored blob, all or a range of it",
            ),
        ]  # fmt: skip

    async def step_output(self, call: Call) -> Response:
        log, _ = await find_run(self._nc, self._settings, self._memory, call.run)
        wanted = answers.wanted_range(call.request)
        data, first, total = await self._outputs.part(log, call.step, wanted)
        is_part = wanted is not None or len(data) < total
        return answers.bytes_answer(data, first, total, text=True, part=is_part, name=call.step)

    async def step_output_sections(self, call: Call) -> Response:
        log, _ = await find_run(self._nc, self._settings, self._memory, call.run)
        found = await self._outputs.sections(log, call.step, call.query.after)
        return await answers.json_answer(call.request, lambda: found)

    async def artifact(self, call: Call) -> Response:
        stored = await Stored.find(self._nc, call.path["name"])
        wanted, text = answers.wanted_range(call.request), await stored.is_text()
        first, end = wanted.of(stored.size) if wanted else (0, stored.size)
        headers = {**answers.inert_headers(text=text, name=stored.name), "Content-Length": str(end - first)}
        if wanted:
            headers["Content-Range"] = content_range(first, end, stored.size)
        media = "text/plain; charset=utf-8" if text else "application/octet-stream"
        return StreamingResponse(stored.pieces(wanted), 206 if wanted else 200, headers=headers, media_type=media)
