"""Handing in runs: repositories, tasks, the demo, and doing things again."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from nats.aio.client import Client

from mycoderai.broker.repository import pack
from mycoderai.gateway.again import Again
from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.asks import outcome_reply
from mycoderai.gateway.api.endpoint import Call, Endpoint, Response
from mycoderai.gateway.asks import check_id
from mycoderai.gateway.demo_project import TASK, make_project
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.orders import check, with_repository
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.replies import json_reply
from mycoderai.gateway.submitting import check_admission
from mycoderai.gateway.taking import Taking
from mycoderai.gateway.uploads import MOST_BYTES, Uploads, stored
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.commands import Outcome
from mycoderai.schemas.web.runs import Accepted, NewDemo, NewRun, Rerun, Uploaded, UploadQuery

BUNDLE = "application/octet-stream"
_REPLY: Any = Accepted | Outcome  # a union, no class to a type checker


class SubmitApi(Area):
    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        super().__init__(nc, settings, memory)
        self._uploads = Uploads(nc)
        self._taking = Taking(nc, settings)
        self._again = Again(nc, settings, memory)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="POST", path="/repositories", handler=self.upload_repository, role="operator",
                query=UploadQuery, takes=BUNDLE, reply=Uploaded, status=201, body_bytes=MOST_BYTES, limit="upload",
                problems=(413,),
                summary="Upload a git bundle (the body as it is); answers what a submission names",
            ),
            Endpoint(
                method="POST", path="/runs", handler=self.submit_run, role="operator", body=NewRun, reply=Accepted,
                status=201, also=(200,), problems=(409, 413), limit="submit",
                summary="Hand in a task; once for each id",
            ),
            Endpoint(
                method="POST", path="/demo", handler=self.submit_demo, role="operator", body=NewDemo, reply=Accepted,
                status=201, also=(200,), problems=(409,), limit="submit",
                summary="Have a small repository with a bug fixed; needs no key",
            ),
            Endpoint(
                method="POST", path="/runs/{run}/rerun", handler=self.rerun_run, role="operator", body=Rerun,
                reply=_REPLY, status=201, also=(200, 202), problems=(404, 409), limit="submit",
                summary="Do a step, a part or all of a run again; once for each id",
            ),
        ]  # fmt: skip

    async def upload_repository(self, call: Call) -> Uploaded:
        _check_length(call.request.headers.get("content-length", ""))
        await check_admission(self._nc)
        return await self._uploads.take(call.request.stream(), call.query.ref)

    async def submit_run(self, call: Call) -> Response:
        asked: NewRun = call.body
        event = check(asked, self._settings)
        return await self._taken(call, asked, asked.id, lambda: with_repository(self._nc, event, asked))

    async def submit_demo(self, call: Call) -> Response:
        return await self._taken(call, call.body, call.body.id, self._demo)

    async def rerun_run(self, call: Call) -> Response:
        asked: Rerun = call.body
        check_id(asked.id)
        call.details.update(target=call.run, id=asked.id, detail=asked.scope)
        reply = await self._again.carry_out(call.run, asked, call.me)
        return outcome_reply(call, reply) if isinstance(reply, Outcome) else _accepted(reply)

    async def _taken(
        self, call: Call, asked: NewRun | NewDemo, run: str, make: Callable[[], Awaitable[RunSubmitted]]
    ) -> Response:
        run = run or new_id()
        check_id(run)
        call.details.update(target=run, id=run)
        return _accepted(await self._taking.take(run, asked, call.me, make))

    async def _demo(self) -> RunSubmitted:
        with tempfile.TemporaryDirectory(prefix="mycoder-demo-", ignore_cleanup_errors=True) as folder:
            project = Path(folder) / "quota"
            project.mkdir()
            await asyncio.to_thread(make_project, project)
            packed = await pack(project, dirty=False, out=Path(folder) / "repository.pack")
            repository = await stored(self._nc, packed)
        return RunSubmitted(
            task=TASK, repository=repository, model="offline/repair", project="demo/quota", notes=("The demo.",)
        )


def _accepted(accepted: Accepted) -> Response:
    return json_reply(accepted, 200 if accepted.repeated else 201)


def _check_length(text: str) -> None:
    if text.isdecimal() and int(text[:20]) > MOST_BYTES:
        raise Problem(413, "too_large", f"the bundle has more than {MOST_BYTES >> 20} MiB", "leave history out")
