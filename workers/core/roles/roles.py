"""What a role is once its files are put together: the package's, the person's and the repository's, in that order.

Later files win field by field. A repository's own is of lower trust: it may take away and add advice, but it never
gains tools, paths, time, money or freedom beyond what the person's side of the role has. All of that is decided here
and enforced in code, whatever the text of the file says.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from mycoderai.schemas.events import ApprovalMode, Limits
from mycoderai.schemas.plan import Check
from mycoderai.workers.core.globs import narrow
from mycoderai.workers.core.roles.role_files import RoleFile
from mycoderai.workers.core.roles.toolnames import COMMON, ENDINGS, GIVE_UP, PLAN, SUBMIT, TOOLS

_MODES: tuple[ApprovalMode, ...] = ("auto", "plan", "risky", "all")
_Value = TypeVar("_Value")
_Number = TypeVar("_Number", int, float)
_CHECKS: tuple[Check, ...] = ("none", "no_regression", "targets", "suite")


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """What a step of this role may do, and what its model is told."""

    name: str
    description: str = ""
    prompt: str = ""
    """Of the package and the person."""
    advice: tuple[tuple[str, str], ...] = ()
    """File and text of what the repository adds: data of lower trust."""
    model: str = ""
    """Empty: the run's."""
    tools: tuple[str, ...] = (*COMMON, *ENDINGS)
    writes: tuple[str, ...] = ("**",)
    max_turns: int | None = None
    max_minutes: float | None = None
    max_budget_usd: float | None = None
    hand_in: Check = "suite"
    """What its steps are accepted by, where the plan does not say."""
    permission_mode: ApprovalMode = "auto"
    layers: tuple[str, ...] = ()
    """The files it is made of."""
    notes: tuple[str, ...] = ()
    """What was not understood, and what was not granted."""


def merge(files: Sequence[RoleFile], base: Role) -> Role:
    """The role that the files describe, most specific last.

    `base` is what holds where no file says anything. For a role that only the repository knows it is the role whose
    rights that one may use.
    """
    role = base
    for file in files:
        role = _restricted(role, file) if file.layer == "repository" else _changed(role, file)
    return role


def strictest(*modes: ApprovalMode) -> ApprovalMode:
    """A role's permission mode never loosens the run's."""
    return max(modes, key=_MODES.index)


def limits_of(role: Role, limits: Limits) -> Limits:
    """The run's limits as they hold for a step of the role."""
    return msgspec.structs.replace(
        limits,
        turns=_least(limits.turns, role.max_turns) or limits.turns,
        minutes=_least(limits.minutes, role.max_minutes) or limits.minutes,
        step_usd=_least(limits.step_usd, role.max_budget_usd),
    )


def _least(*limits: _Number | None) -> _Number | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _changed(role: Role, file: RoleFile) -> Role:
    """What the package or the person says holds as it is."""
    return msgspec.structs.replace(
        role,
        description=_said(file.description, role.description),
        prompt=file.prompt or role.prompt,
        model=_said(file.model, role.model),
        tools=_tools(_said(file.tools, role.tools), role, file),
        writes=_said(file.writes, role.writes),
        max_turns=_said(file.max_turns, role.max_turns),
        max_minutes=_said(file.max_minutes, role.max_minutes),
        max_budget_usd=_said(file.max_budget_usd, role.max_budget_usd),
        hand_in=file.hand_in or ("none" if file.writes == () else role.hand_in),
        permission_mode=_said(file.permission_mode, role.permission_mode),
        layers=(*role.layers, file.source),
        notes=(*role.notes, *_noted(file, file.notes)),
    )


def _restricted(role: Role, file: RoleFile) -> Role:
    """What the repository says holds as far as it asks for less."""
    wanted = _said(file.tools, role.tools)
    writes, too_wide = narrow(role.writes, _said(file.writes, role.writes))
    refused = [f"the tool {tool} is not the role's to give" for tool in wanted if tool not in role.tools]
    refused += [f"writing {glob} is not the role's to give" for glob in too_wide if glob != "**"]
    if file.model:
        refused.append("the model is chosen by the person, not by the repository")
    return msgspec.structs.replace(
        role,
        description=_said(file.description, role.description),
        advice=(*role.advice, (file.source, file.prompt)) if file.prompt else role.advice,
        tools=_tools([tool for tool in wanted if tool in role.tools], role, file),
        writes=writes,
        max_turns=_least(role.max_turns, file.max_turns),
        max_minutes=_least(role.max_minutes, file.max_minutes),
        max_budget_usd=_least(role.max_budget_usd, file.max_budget_usd),
        hand_in=max(role.hand_in, file.hand_in or role.hand_in, key=_CHECKS.index),
        permission_mode=strictest(role.permission_mode, file.permission_mode or role.permission_mode),
        layers=(*role.layers, file.source),
        notes=(*role.notes, *_noted(file, (*file.notes, *refused))),
    )


def _tools(wanted: Sequence[str], role: Role, file: RoleFile) -> tuple[str, ...]:
    """Without what is forbidden; but a step must be able to end, so the role's way to do so always stays."""
    ends = {tool for tool in role.tools if tool in (PLAN, SUBMIT)}
    kept = {*wanted, *ends} - {*(file.disallowed_tools or ())}
    if not kept & {PLAN, SUBMIT}:
        kept |= ends
    return tuple(tool for tool in TOOLS if tool in {*kept, GIVE_UP})


def _noted(file: RoleFile, notes: Sequence[str]) -> list[str]:
    return [f"{file.source}: {note}" for note in notes]


def _said(said: _Value | None, otherwise: _Value) -> _Value:
    return otherwise if said is None else said
