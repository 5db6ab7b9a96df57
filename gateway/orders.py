"""From what a web client hands in to a run's submission, and the same request to the same run."""

import hashlib
import re

import msgspec
from nats.aio.client import Client

from mycoderai.broker.artifacts import is_stored
from mycoderai.gateway.planned import role_for
from mycoderai.gateway.problem import Problem
from mycoderai.gateway.project import normalised
from mycoderai.gateway.services import ask_service
from mycoderai.gateway.submitting import Unacceptable, check_task, own_roles
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import Limits, RunSubmitted
from mycoderai.schemas.execution import CloneRepository, Policy, Repository, RepositoryCloned
from mycoderai.schemas.failure import FailureCode
from mycoderai.schemas.settings import BUILT_IN_POOLS, Settings
from mycoderai.schemas.subjects import EXEC_CLONE
from mycoderai.schemas.web.runs import NewRun

CLONED_WITHIN_S = 300.0
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_PARALLEL = 64
_MOST_NOTES = 50


def fingerprint(run: str, asked: object, by: str) -> str:
    """What a request's message is stored under: its content and who sent it, whatever is found out on the way."""
    content = msgspec.json.encode([by, asked], order="deterministic")
    return f"{run}.{hashlib.sha256(content).hexdigest()[:32]}"


def check(asked: NewRun, settings: Settings) -> RunSubmitted:
    """The submission, without its repository. Raises Problem 400 for what no fleet would accept."""
    model = asked.model or settings.model
    role = asked.role or role_for(model)
    try:
        check_task(asked.task, role)
    except Unacceptable as err:
        raise _bad(err.message, err.fix) from err
    _check_role(role, settings)
    _check_amounts(asked.limits, asked.policy, asked.max_parallel)
    if asked.repository and asked.clone:
        raise _bad("a run has one repository: an uploaded one, or one to clone")
    if role in BUILT_IN_POOLS and role != "noop" and not (asked.repository or asked.clone):
        raise _bad("the run has no repository", "upload one first: POST /api/v1/repositories, or name one to clone")
    if len(asked.notes) > _MOST_NOTES:
        raise _bad(f"notes: {_MOST_NOTES} are the most")
    return RunSubmitted(
        task=asked.task,
        model=model,
        fallbacks=asked.fallbacks,
        role=role,
        roles=own_roles(asked.roles),
        approve=asked.approve,
        project=asked.project,
        test_command=asked.test_command,
        policy=asked.policy,
        limits=asked.limits,
        max_parallel=asked.max_parallel,
        notes=asked.notes,
    )


async def with_repository(nc: Client, event: RunSubmitted, asked: NewRun) -> RunSubmitted:
    """The submission with the code it is about. Raises Problem 400."""
    if asked.repository:
        await _check_uploaded(nc, asked.repository)
        return msgspec.structs.replace(event, repository=asked.repository)
    if asked.clone is None:
        return event
    cloned = await _cloned(nc, asked.clone.url, asked.clone.ref)
    return msgspec.structs.replace(
        event,
        repository=cloned.repository,
        roles=own_roles(cloned.roles),
        project=asked.project or normalised(asked.clone.url),
        notes=(*event.notes, *cloned.notes, f"Cloned from {asked.clone.url}."),
    )


async def _cloned(nc: Client, url: str, ref: str) -> RepositoryCloned:
    asked = CloneRepository(url=url, ref=ref)
    try:
        return await ask_service(nc, "the executor", EXEC_CLONE, asked, RepositoryCloned, timeout_s=CLONED_WITHIN_S)
    except RefusedError as err:
        if err.failure.code not in (FailureCode.WORKSPACE, FailureCode.BAD_SUBMISSION):
            raise
        raise Problem(400, "not_cloned", err.message, err.fix) from err


async def _check_uploaded(nc: Client, repository: Repository) -> None:
    """A path would be one on an executor's own host, which is no web client's business."""
    ref = repository.artifact
    if ref is None or repository.path or not _SHA256.fullmatch(ref.sha256) or ref.name != ref.sha256:
        raise _bad("repository: not as POST /api/v1/repositories answers it")
    if not all(_HASH.fullmatch(commit) for commit in (repository.commit, repository.base_commit)):
        raise _bad("repository: commit and base_commit are no commits")
    if not await is_stored(nc, ref):
        raise _bad("the repository is not in the store", "upload it again: POST /api/v1/repositories")


def _check_role(role: str, settings: Settings) -> None:
    known = settings.all_pools
    # A pool may be a role with something a step requires: `coder-gpu`.
    if role not in known and role.partition("-")[0] not in known:
        raise _bad(f"nobody here is a {role!r}", f"roles: {', '.join(known)}")


def _check_amounts(limits: Limits, policy: Policy, max_parallel: int) -> None:
    positive = {
        "limits.minutes": limits.minutes,
        "limits.turns": limits.turns,
        "limits.attempts": limits.attempts,
        "policy.test_limit_s": policy.test_limit_s,
        "policy.suite_limit_s": policy.suite_limit_s,
        "policy.command_limit_s": policy.command_limit_s,
        "policy.memory_bytes": policy.memory_bytes,
        "policy.processes": policy.processes,
        "max_parallel": max_parallel,
    }
    for name, value in positive.items():
        if not 0 < value < 1 << 50:
            raise _bad(f"{name} is {value}; it has to be above 0")
    for name, money in {"limits.usd": limits.usd, "limits.step_usd": limits.step_usd}.items():
        if money is not None and not 0 <= money < 1e12:
            raise _bad(f"{name} is {money}; it can't be below 0")
    if max_parallel > _MOST_PARALLEL:
        raise _bad(f"max_parallel: {_MOST_PARALLEL} is the most")


def _bad(message: str, fix: str = "") -> Problem:
    return Problem(400, "bad_submission", message, fix)
