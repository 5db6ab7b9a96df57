"""Submitting a run: the repository becomes an artifact, the task becomes the first event of a log."""

import asyncio
import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from nats.aio.client import Client

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.repository import PackedRepository, RepositoryError, RepositoryState, inspect, pack
from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.fleet_data import write_private
from mycoderai.gateway.project import project_name
from mycoderai.gateway.submitting import Unacceptable, check_admission, check_task, own_roles, store_submission
from mycoderai.gateway.who import who
from mycoderai.schemas.events import ApprovalMode, Limits, RunSubmitted
from mycoderai.schemas.execution import Policy, Repository
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the person asked for."""

    task: str
    repo: Path
    model: str
    role: str = "coder"
    test: str = ""
    dirty: bool = False
    install: bool = False
    minutes: float = 5.0
    usd: float | None = None
    step_usd: float | None = None
    turns: int | None = None
    fallbacks: tuple[str, ...] = ()
    approve: ApprovalMode = "auto"
    edit_tests: bool = False
    max_parallel: int = 4

    def check(self) -> None:
        """Raises a usage error for what no fleet would accept."""
        try:
            check_task(self.task, self.role)
        except Unacceptable as err:
            raise usage(err.message, err.fix) from err

    @property
    def limits(self) -> Limits:
        turns = Limits().turns if self.turns is None else self.turns
        return Limits(minutes=self.minutes, usd=self.usd, step_usd=self.step_usd, turns=turns)


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """Remembered beside the fleet's data: where the branch of a run belongs."""

    run: str
    repository: str
    task: str


async def look_at(order: Order) -> RepositoryState:
    """What is there to work on. Raises RepositoryError before anything has been started for nothing."""
    state = await inspect(order.repo)
    if state.is_git and state.is_empty and not (order.dirty and not state.is_bare):
        raise RepositoryError(
            f"the repository at {state.root} has no commit yet",
            'git add -A && git commit -m "Start", or include the files as they are with --dirty',
        )
    return state


async def pack_order(order: Order, folder: Path) -> PackedRepository:
    return await pack(order.repo, dirty=order.dirty, out=folder / "repository.pack")


def left_out(order: Order, state: RepositoryState) -> list[str]:
    """A note about uncommitted changes that the fleet will not see."""
    if order.dirty or not state.is_git or not state.change_count:
        return []
    named = ", ".join(clean(change, 60) for change in state.changes[:3])
    more = ", …" if state.change_count > 3 else ""
    return [f"Uncommitted changes are left out ({named}{more}); --dirty includes them."]


async def submit(nc: Client, settings: Settings, order: Order, packed: PackedRepository, notes: Sequence[str]) -> str:
    """Upload, append, remember. The run's id; when this returns, the run is durably accepted."""
    await check_admission(nc)
    artifact, project = await asyncio.gather(put_file(nc, packed.file, wait_for_room=False), project_name(order.repo))
    run = new_id()
    event = RunSubmitted(
        task=order.task,
        repository=Repository(artifact=artifact, commit=packed.commit, base_commit=packed.base_commit or packed.commit),
        model=order.model,
        fallbacks=order.fallbacks,
        role=order.role,
        roles=own_roles(packed.roles),
        approve=order.approve,
        project=project,
        test_command=order.test,
        policy=Policy(install_requirements=order.install, edit_tests=order.edit_tests),
        limits=order.limits,
        max_parallel=order.max_parallel,
        submitted_by=who(),
        notes=tuple(notes),
    )
    remember(settings.data, Submission(run=run, repository=str(order.repo), task=order.task))
    await store_submission(nc, settings, run, event)
    return run


def scratch() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="mycoder-run-", ignore_cleanup_errors=True)


def remember(data: Path, submission: Submission) -> None:
    """Where this cannot be kept, `mycoder pull` asks for --repo; no reason to refuse the run."""
    folder = data / "runs"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(folder / f"{submission.run}.json", msgspec.json.encode(submission))


def recall(data: Path, run: str) -> Submission | None:
    try:
        return msgspec.json.decode((data / "runs" / f"{run}.json").read_bytes(), type=Submission)
    except (OSError, msgspec.DecodeError):
        return None
