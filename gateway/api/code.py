"""The code of a run: checkpoints, differences, files, who wrote which line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client
from starlette.responses import Response

from mycoderai.gateway.api.area import Area
from mycoderai.gateway.api.endpoint import Call, Endpoint
from mycoderai.gateway.code import answers, blame, changes, files
from mycoderai.gateway.code.history import Histories
from mycoderai.gateway.code.patches import Written, all_patches, one_patch
from mycoderai.gateway.code.point import Point
from mycoderai.gateway.code.store import CodeStore, RunCode
from mycoderai.gateway.memory import Memory
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.code import (
    Blame,
    Checkpoints,
    ContentQuery,
    Diff,
    DiffQuery,
    FileChange,
    Files,
    FilesQuery,
    Patches,
    PatchQuery,
    Totals,
)

CACHE = "gateway-cache"
_RUN = "/runs/{run}"


class CodeApi(Area):
    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        super().__init__(nc, settings, memory)
        self._histories = Histories(nc, settings, memory)
        self._store = CodeStore(nc, settings.data / CACHE)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                method="GET", path=f"{_RUN}/checkpoints", handler=self.checkpoints, reply=Checkpoints,
                problems=(404,), summary="The states of the code a run has gone through",
            ),
            Endpoint(
                method="GET", path=f"{_RUN}/diff", handler=self.diff, query=DiffQuery, reply=Diff,
                problems=(404, 413), summary="Which files differ between two checkpoints",
            ),
            Endpoint(
                method="GET", path=f"{_RUN}/diff/patch", handler=self.patch, query=PatchQuery, media="text/x-diff",
                problems=(404, 413), summary="The difference as one text, as `git apply` takes it",
            ),
            Endpoint(
                method="GET", path=f"{_RUN}/diff/patches", handler=self.patches, query=PatchQuery, reply=Patches,
                problems=(404, 413), summary="The patches of all files that differ, each by itself",
            ),
            Endpoint(
                method="GET", path=f"{_RUN}/files", handler=self.files, query=FilesQuery, reply=Files,
                problems=(404, 413), summary="A directory at a checkpoint, or all that has changed below it",
            ),
            Endpoint(
                method="GET", path=f"{_RUN}/files/content", handler=self.file_content, query=ContentQuery,
                media="text/plain", problems=(404, 413, 416), summary="The bytes of a file, all or a range of them",
            ),
            Endpoint(
                method="GET", path=f"{_RUN}/files/blame", handler=self.file_blame, query=ContentQuery, reply=Blame,
                problems=(404, 413), summary="Which step, attempt and turn wrote which lines of a file",
            ),
        ]  # fmt: skip

    async def checkpoints(self, call: Call) -> Response:
        log, points = await self._histories.of(call.run)
        newest = points.newest.name if points.all else ""
        tag = answers.tag_of("checkpoints", log.run, len(points.all), newest, points.finished)
        if known := answers.has_already(call.request, tag):
            return known
        seen = list(points.all)
        return await answers.json_answer(
            call.request, lambda: _checkpoints(log.run, seen, newest, points.finished), tag
        )

    async def diff(self, call: Call) -> Response:
        async with self._code(call) as code:
            old, new = await code.at(call.query.from_), await code.at(call.query.to)
            tag = answers.tag_of("diff", old.line, new.line)
            if known := answers.has_already(call.request, tag):
                return known
            found = await changes.changed_files(code.git, old.treeish, new.treeish)
        return await answers.json_answer(call.request, lambda: _diff(old, new, found), tag)

    async def patch(self, call: Call) -> Response:
        async with self._patched(call) as (code, old, new, tag):
            if known := answers.has_already(call.request, tag):
                return known
            found = await self._patches(call.query, code, old, new)
        cut = {"Mycoder-Cut": "1" if found.is_cut else "0"}
        return await answers.text_answer(call.request, lambda: found.whole, "text/x-diff", tag, **cut)

    async def patches(self, call: Call) -> Response:
        async with self._patched(call) as (code, old, new, tag):
            if known := answers.has_already(call.request, tag):
                return known
            found = await self._patches(call.query, code, old, new)
        return await answers.json_answer(call.request, lambda: found.as_text, tag)

    async def files(self, call: Call) -> Response:
        query: FilesQuery = call.query
        async with self._code(call) as code:
            point, base = await code.at(query.at), code.points.base
            tag = answers.tag_of("files", point.line, query)
            if known := answers.has_already(call.request, tag):
                return known
            listed = files.changed_paths if query.changed else files.directory
            entries, more = await listed(code.git, point.treeish, base.treeish, query.path)
        found = Files(at=point.line, path=query.path, entries=tuple(entries), more=more)
        return await answers.json_answer(call.request, lambda: found, tag)

    async def file_content(self, call: Call) -> Response:
        query: ContentQuery = call.query
        wanted = answers.wanted_range(call.request)
        async with self._code(call) as code:
            point = await code.at(query.at)
            found = await files.find(code.git, point.treeish, query.path)
            tag = answers.tag_of("content", found.id, query.path)
            if not wanted and (known := answers.has_already(call.request, tag)):
                return known
            part = await files.content(code.git, found, wanted)
            text = files.is_text(await files.head(code.git, found) if wanted else part.data)
        first = wanted.of(part.total)[0] if wanted else 0
        return answers.bytes_answer(
            part.data, first, part.total, text=text, part=wanted is not None, name=query.path, tag=tag
        )

    async def file_blame(self, call: Call) -> Response:
        query: ContentQuery = call.query
        async with self._code(call) as code:
            point = await code.at(query.at)
            tag = answers.tag_of("blame", point.line, query.path)
            if known := answers.has_already(call.request, tag):
                return known
            ranges = await blame.blame(code, point, query.path)
        found = Blame(at=point.line, path=query.path, ranges=tuple(ranges))
        return await answers.json_answer(call.request, lambda: found, tag)

    @asynccontextmanager
    async def _code(self, call: Call) -> AsyncIterator[RunCode]:
        log, points = await self._histories.of(call.run)
        async with self._store.opened(log.run, points) as code:
            yield code

    @asynccontextmanager
    async def _patched(self, call: Call) -> AsyncIterator[tuple[RunCode, Point, Point, str]]:
        query: PatchQuery = call.query
        async with self._code(call) as code:
            old, new = await code.at(query.from_), await code.at(query.to)
            tag = answers.tag_of("patch", old.treeish, new.treeish, query.path, query.context, query.file_bytes)
            yield code, old, new, tag

    async def _patches(self, query: PatchQuery, code: RunCode, old: Point, new: Point) -> Written:
        if query.path:
            return await one_patch(code.git, old.treeish, new.treeish, query.path, query.context)
        return await all_patches(code.git, old.treeish, new.treeish, query.context, query.file_bytes)


def _checkpoints(run: str, seen: list[Point], newest: str, finished: bool) -> Checkpoints:
    lines = tuple(point.line for point in seen)
    return Checkpoints(run=run, checkpoints=lines, newest=newest, finished=finished)


def _diff(old: Point, new: Point, found: list[FileChange]) -> Diff:
    totals = Totals(
        files=len(found),
        additions=sum(file.additions for file in found),
        deletions=sum(file.deletions for file in found),
    )
    listed = tuple(found[: changes.MOST_FILES])
    return Diff(from_=old.line, to=new.line, files=listed, totals=totals, more=len(found) > len(listed))
