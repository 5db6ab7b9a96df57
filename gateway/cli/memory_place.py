"""Which part of memory a command means: the project of this folder, the person at the keyboard, or as told."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.project import project_name
from mycoderai.gateway.who import who
from mycoderai.schemas.notes import Place, Scope, agent_owner

Asked = tuple[str | None, str]
"""The scope and the owner as typed."""


async def place_of(asked: Asked) -> Place:
    """Raises a usage error when the scope needs an owner that only the person knows."""
    scope = msgspec.convert(asked[0] or "project", Scope)
    owner = asked[1]
    match scope:
        case "global" if owner:
            raise usage("what is global has no owner", "leave --owner out")
        case "project" if not owner:
            owner = await project_name(Path.cwd())
        case "interaction" if not owner:
            owner = who()
        case "task" | "agent" if not owner:
            what = "run" if scope == "task" else "role"
            raise usage(f"--scope {scope} needs to know the {what}", f"add --owner {what.upper()}")
        case "agent" if "@" not in owner:
            owner = agent_owner(owner, await project_name(Path.cwd()))
    return Place(scope=scope, owner=owner)


async def places_of(asked: Asked) -> Sequence[Place]:
    """The one named, or those close to whoever sits here."""
    if asked[0] or asked[1]:
        return [await place_of(asked)]
    return [await place_of(("project", "")), await place_of(("interaction", "")), await place_of(("global", ""))]


def named(place: Place) -> str:
    return f"{place.scope} {place.owner}".rstrip()
