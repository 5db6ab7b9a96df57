"""One execution session: a workspace, its sandbox, and the journal of the calls it has answered.

Calls name the tree they build on. A call that was answered before is answered from the journal; a call on another
tree than the present one first puts the workspace back to that tree. So a repeated call has its effect once in the
history that is accepted, whatever was lost in between.
"""

import asyncio
import contextlib
import functools
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import nats.errors
import structlog
from nats.aio.client import Client

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.log import append
from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import ServiceLost
from mycoderai.schemas.events import EvidenceRecorded
from mycoderai.schemas.execution import (
    Checkpoint,
    Evidence,
    OpenSession,
    SessionOpened,
    SubmitRequest,
    Submitted,
    TestReport,
    ToolReply,
    ToolRequest,
    ToolResult,
)
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.live import ToolBegun
from mycoderai.schemas.subjects import Log, live
from mycoderai.workers.core.gate import Rules, fixed, judge
from mycoderai.workers.core.globs import matches
from mycoderai.workers.core.testfiles import is_test_config, test_settings_differ
from mycoderai.workers.executor.boxes import Kit
from mycoderai.workers.executor.clean import CleanCheckout
from mycoderai.workers.executor.output import keep_output
from mycoderai.workers.executor.printing import printing
from mycoderai.workers.executor.retiring import retire
from mycoderai.workers.executor.sandbox import Sandbox
from mycoderai.workers.executor.sandbox.supervise import OnOutput
from mycoderai.workers.executor.testing import run_tests
from mycoderai.workers.executor.tools import TOOLS, Toolkit, unknown_tool
from mycoderai.workers.executor.workspace import Workspace

MAX_NAMED_TESTS = 50
Reply = TypeVar("Reply")
log = structlog.get_logger()


_Asked = tuple[str, str, bytes]
"""A tool's name, the tree it builds on, and its arguments."""


class _Begun(NamedTuple):
    call: str
    asked: _Asked
    result: ToolResult | None = None


class Session:
    """Operations run one at a time. `close` stops the one that runs."""

    def __init__(
        self,
        *,
        nc: Client,
        sandbox: Sandbox,
        kit: Kit,
        request: OpenSession,
        opened: SessionOpened,
        workspace: Workspace,
        clean: CleanCheckout,
        folder: Path,
    ) -> None:
        self._nc = nc
        self._sandbox = sandbox
        self._kit = kit
        self._request = request
        self._workspace = workspace
        self._clean = clean
        self.folder = folder
        self._answers: dict[str, tuple[_Asked, ToolReply]] = {}
        self._begun: _Begun | None = None
        """The call that runs, until what it changed is stored; one that was interrupted left the workspace torn."""
        self._reports: dict[tuple[str, tuple[str, ...]], TestReport] = {}
        self._one_at_a_time = asyncio.Lock()
        self._work: set[asyncio.Task[object]] = set()
        self._closed = False
        self._suites = 0
        self.opened = opened
        self._start = opened.start or opened.base
        self.checkpoint = request.checkpoint or self._start
        self.used_at = time.monotonic()

    @property
    def _at_s(self) -> int:
        return self._request.at_s or int(time.time())

    @property
    def run(self) -> str:
        return self._request.run

    @property
    def run_log(self) -> Log:
        return Log(self._request.run, self._request.shard)

    @property
    def busy(self) -> bool:
        return bool(self._work)

    async def again(self, _: OpenSession) -> SessionOpened:
        """For who asks whether the session still lives. Raises ServiceLost when it is closed."""
        if self._closed:
            raise ServiceLost("the session is closed")
        return self.opened

    async def tool(self, request: ToolRequest) -> ToolReply:
        """Raises ServiceLost when the session is closed."""
        return await self._exclusively(self._tool(request))

    async def submit(self, request: SubmitRequest) -> Submitted:
        """The gate: accept the present tree with evidence, or say why not. Raises ServiceLost when closed."""
        return await self._exclusively(self._submit(request))

    async def drain(self, grace_s: float) -> None:
        """Take no more calls, and let those at work end."""
        self._closed = True
        if self._work:
            await asyncio.wait(self._work, timeout=grace_s)

    async def close(self) -> None:
        """Stop what runs, then remove the folder; when this returns no process of the session is left."""
        self._closed = True
        await end(list(self._work))
        await retire(self._nc, self._workspace, self.folder, self.folder.parent, self.checkpoint.tree)

    async def _exclusively(self, work: Coroutine[None, None, Reply]) -> Reply:
        async def in_turn() -> Reply:
            try:
                async with self._one_at_a_time:
                    return await work
            finally:
                work.close()  # it may have been cancelled before its turn came

        if self._closed:
            work.close()
            raise ServiceLost("the session is closed")
        task = asyncio.create_task(in_turn())
        self._work.add(task)
        try:
            # Shielded: an agent that goes away leaves the call running, and its answer for the next attempt.
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not task.cancelled():
                raise
            # The step is not over for that: another executor goes on at the last checkpoint.
            raise ServiceLost("the session was closed") from None
        finally:
            task.add_done_callback(self._work.discard)
            self.used_at = time.monotonic()

    async def _tool(self, request: ToolRequest) -> ToolReply:
        asked = (request.name, request.base_tree, msgspec.json.encode(request.arguments, order="sorted"))
        if (known := self._answers.get(request.call)) and known[0] == asked:
            return known[1]
        begun = self._begun
        if begun and begun.result and (begun.call, begun.asked) == (request.call, asked):
            result = begun.result  # it ran, and what it changed could not be stored then
        else:
            await self._build_on(request.base_tree)
            self._begun = _Begun(request.call, asked)
            result = await self._run(request)
            self._begun = _Begun(request.call, asked, result)
        await self._checkpoint(f"After {request.name} {request.call}")
        self._begun = None
        reply = ToolReply(result=result, checkpoint=self.checkpoint)
        self._answers[request.call] = (asked, reply)
        return reply

    async def _run(self, request: ToolRequest) -> ToolResult:
        await self._tell(request)
        async with self._printing(request.call) as on_output:
            toolkit = Toolkit(
                self._sandbox,
                self._kit,
                self._request.policy,
                self._workspace.path,
                functools.partial(self._report, on_output=on_output),
                keep=functools.partial(keep_output, self._nc, self.folder),
                on_output=on_output,
            )
            result = await TOOLS[request.name](toolkit, request) if request.name in TOOLS else unknown_tool(request)
        return await self._undone_where_forbidden(result, request.writes)

    async def _submit(self, request: SubmitRequest) -> Submitted:
        await self._build_on(request.base_tree)
        tree = await self._workspace.snapshot(full=True)
        accept = self._request.accept
        # A whole suite is measured against the person's own code, everything else against where the step began.
        since = self.opened.base if accept.check == "suite" else self._start
        before = await self._report(since.tree, ())
        changed = await self._workspace.changed_paths(since.tree, tree)
        async with self._printing(request.call) as on_output:
            now = before if not changed else await self._report(tree, (), on_output)
        if refusal := judge(before, now, changed, await self._rules(since.tree, tree, changed, request.writes)):
            return Submitted(refusal=refusal)
        accepted = await self._accepted(tree, request.message)
        evidence = self._evidence(accepted, since.tree, before, now)
        subject = self.run_log.proof(self._request.step, evidence.id)
        await append(self._nc, subject, EvidenceRecorded(evidence=evidence), expected=0)
        log.info("session.accepted", run=self.run, step=self._request.step, tree=tree, tests=now.counts.total)
        return Submitted(accepted=accepted, evidence=evidence)

    async def _accepted(self, tree: str, message: str) -> Checkpoint:
        """The step's result: one commit on top of where it began, or that itself when nothing was changed."""
        if tree == self._start.tree:
            return await self._store(self._start.commit, tree)
        trailers = {"Run": self._request.named or self._request.run, "Step": self._request.step}
        commit = await self._workspace.commit(tree, self._start.commit, message, trailers, at_s=self._at_s)
        return await self._store(commit, tree)

    async def _rules(self, since: str, tree: str, changed: list[str], writes: tuple[str, ...]) -> Rules:
        existing = await self._workspace.repository.entries(self.opened.base.tree)
        harmless = [path for path in changed if is_test_config(path) and await self._is_harmless(path, since, tree)]
        return Rules(
            accept=self._request.accept,
            writes=writes,
            own=changed if since == self._start.tree else await self._workspace.changed_paths(self._start.tree, tree),
            edit_tests=self._request.policy.edit_tests,
            existing=existing.keys(),
            harmless=harmless,
        )

    async def _is_harmless(self, path: str, since: str, tree: str) -> bool:
        texts = [await self._workspace.repository.text(at, path) for at in (since, tree)]
        return not test_settings_differ(path, *texts)

    async def _report(self, tree: str, selection: tuple[str, ...], on_output: OnOutput | None = None) -> TestReport:
        """The tests on a clean checkout of a tree, never in the folder the agent works in; each asked once."""
        if not tree:
            tree = await self._workspace.snapshot()
        if known := self._reports.get((tree, selection)):
            return known
        checkout = await self._clean.at(tree)
        self._suites += 1
        out = self.folder / f"report-{self._suites}"
        out.mkdir()
        report = await run_tests(
            self._sandbox,
            self._kit,
            checkout,
            out,
            self.opened.test_command,
            self._request.policy,
            selection,
            on_output,
        )
        report = msgspec.structs.replace(report, tree=tree)
        self._reports[(tree, selection)] = report
        return report

    async def _undone_where_forbidden(self, result: ToolResult, writes: tuple[str, ...]) -> ToolResult:
        """What a call changed outside of the paths its role may write is undone, with all else it changed."""
        if writes == ("**",):
            return result
        tree = await self._workspace.snapshot()
        changed = await self._workspace.changed_paths(self.checkpoint.tree, tree)
        forbidden = [path for path in changed if not matches(path, writes)]
        if not forbidden:
            return result
        await self._workspace.restore(self.checkpoint.tree)
        allowed = ", ".join(writes) or "nothing"
        named = ", ".join(forbidden[:5])
        note = f"This role may not change {named}, only {allowed}. Every change of this call was undone."
        return msgspec.structs.replace(result, output=f"{result.output}\n{note}", exit_code=result.exit_code or 1)

    async def _build_on(self, tree: str) -> None:
        """Have that tree in the workspace; none named: whatever is there, but for what an interrupted call left."""
        if self._begun or (tree and tree != self.checkpoint.tree):
            await self._go_back(tree or self.checkpoint.tree)
            self._begun = None

    async def _go_back(self, tree: str) -> None:
        log.warning("session.rewound", run=self.run, step=self._request.step, tree=tree)
        await self._workspace.restore(tree)
        self.checkpoint = msgspec.structs.replace(self.checkpoint, tree=tree)

    async def _checkpoint(self, message: str) -> None:
        tree = await self._workspace.snapshot()
        if tree == self.checkpoint.tree:
            return
        commit = await self._workspace.commit(tree, self._start.commit, message, at_s=self._at_s)
        self.checkpoint = await self._store(commit, tree)

    async def _store(self, commit: str, tree: str) -> Checkpoint:
        repository = self._workspace.repository
        if commit == repository.header.commit:
            return Checkpoint(commit=commit, tree=tree)
        bundle = await repository.bundle(commit, repository.header.commit)
        try:
            ref = await put_file(self._nc, bundle)
        finally:
            bundle.unlink(missing_ok=True)
        return Checkpoint(commit=commit, tree=tree, bundle=ref)

    def _evidence(self, accepted: Checkpoint, since: str, before: TestReport, now: TestReport) -> Evidence:
        return Evidence(
            id=new_id(),
            tree=accepted.tree,
            commit=accepted.commit,
            base_tree=since,
            check=self._request.accept.check,
            command=now.command,
            exit_code=now.exit_code,
            tests=now.counts,
            fixed=fixed(before, now)[:MAX_NAMED_TESTS],
            isolation=self.opened.isolation,
            duration_s=now.duration_s,
        )

    def _printing(self, call: str) -> contextlib.AbstractAsyncContextManager[OnOutput]:
        return printing(self._nc, self._request.run, self._request.step, call)

    async def _tell(self, request: ToolRequest) -> None:
        subject = live(self._request.run, self._request.step, "tool")
        arguments = {name: str(value)[:200] for name, value in request.arguments.items()}
        begun = ToolBegun(tool=request.name, arguments=arguments)
        with contextlib.suppress(nats.errors.Error):
            await self._nc.publish(subject, msgspec.json.encode(begun))
