"""Which pool takes a step: its role's, or one whose workers have what the step requires besides. Pure.

A pool is named like a role, or like a role and capabilities: `coder-docker`, `tester-rust-gpu`.
"""

import re
from collections.abc import Collection, Iterable, Sequence

import msgspec

from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.schemas.plan import StepSpec

OWN_ROLES_POOL = "coder"
"""Takes the steps of roles that a repository brings along."""
_CAPABILITY = re.compile(r"[a-z0-9_]{1,32}")
_NAMED = 20


def is_capability(text: str) -> bool:
    """Whether it can stand in the name of a pool; a dash would split it."""
    return _CAPABILITY.fullmatch(text) is not None


def capabilities(role: str, pool: str) -> frozenset[str]:
    """What the workers of a pool have beyond the role's other ones; none for the pool of another role."""
    return frozenset(pool.removeprefix(f"{role}-").split("-")) if pool.startswith(f"{role}-") else frozenset()


def on_offer(role: str, pools: Iterable[str]) -> tuple[str, ...]:
    """What a step of the role may require: the capabilities of each pool that plays it, joined by ` + `."""
    return tuple(sorted(" + ".join(sorted(found)) for pool in pools if (found := capabilities(role, pool))))


def routed(steps: Iterable[StepSpec], pools: Collection[str]) -> tuple[StepSpec, ...]:
    """The steps with the pools that take them. None of them may be `unserved`."""
    return tuple(_sent_to(step, pool_of(step, pools) or step.taken_by) for step in steps)


def pool_of(step: StepSpec, pools: Collection[str]) -> str | None:
    """The pool that has all the step requires, of several the one with the least to spare; None: there is none."""
    role = _role_in(step, pools)
    if step.requires:
        fitting = [pool for pool in pools if set(step.requires) <= capabilities(role, pool)]
        return min(fitting, key=lambda pool: (pool.count("-"), pool), default=None)
    pool = step.taken_by if step.role in pools else role
    return pool if pool in pools else None


def unserved(steps: Iterable[StepSpec], pools: Collection[str]) -> list[str]:
    """Of each step that no pool takes: what is missing, as a sentence."""
    return [_missing(step, pools) for step in steps if pool_of(step, pools) is None]


def no_pool(steps: Sequence[StepSpec], pools: Collection[str]) -> Failure | None:
    """The end of a run whose plan has steps that nobody would take, with the command that changes it."""
    alone = [step for step in steps if pool_of(step, pools) is None]
    if not alone:
        return None
    return failure(FailureCode.NO_POOL, " ".join(unserved(alone[:3], pools)), starts(_wanted(alone[0], pools)))


def starts(pool: str) -> str:
    """How a person gets a pool that is not there."""
    own = f"MYCODER_POOLS={pool}"
    return f"{own} mycoder up, and where its workers are to run: {own} mycoder worker --role {pool}"


def _missing(step: StepSpec, pools: Collection[str]) -> str:
    what = f"requires {', '.join(step.requires)}" if step.requires else f"is for the pool {step.taken_by[:64]!r}"
    there = ", ".join(sorted(pools)[:_NAMED]) or "none"
    return f"Step {step.id[:64]!r} {what}, and no pool of {step.role[:64]!r} has that. Pools: {there}."


def _wanted(step: StepSpec, pools: Collection[str]) -> str:
    return "-".join((_role_in(step, pools), *step.requires)) if step.requires else step.taken_by


def _role_in(step: StepSpec, pools: Collection[str]) -> str:
    """The role whose pools may take the step."""
    return step.role if step.role in pools else OWN_ROLES_POOL


def _sent_to(step: StepSpec, pool: str) -> StepSpec:
    return step if pool == step.taken_by else msgspec.structs.replace(step, pool=pool)
