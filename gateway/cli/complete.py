"""Shell completion of what only a running fleet knows: steps and open questions of a run."""

import os
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from mycoderai.gateway.view import RunView

WITHIN_S = 1.0


def complete_step(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return _complete(ctx, incomplete, lambda view: list(view.steps))


def complete_question(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return _complete(ctx, incomplete, lambda view: [item.id for item in view.questions])


def _complete(ctx: click.Context, incomplete: str, names: "Callable[[RunView], list[str]]") -> list[str]:
    try:
        view = _view(ctx.params)
    except Exception:  # noqa: BLE001 - a completion must never print an error into somebody's prompt
        return []
    return [name for name in names(view) if name.startswith(incomplete)] if view else []


def _view(params: dict[str, Any]) -> "RunView | None":
    """The run on the command line as its log tells it; None where no broker runs, for none is started here."""
    import asyncio

    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.gateway.cli.options import Options
    from mycoderai.gateway.cli.runs import resolve, view_of
    from mycoderai.gateway.cli.session import Session
    from mycoderai.gateway.fleet_data import find_running
    from mycoderai.schemas.settings import load

    settings, origins = load(os.environ, {"data_dir": params.get("data"), "nats_url": params.get("nats")})
    if not params.get("run") or not (settings.nats_url or find_running(settings)):
        return None

    async def look() -> "RunView":
        async with (
            asyncio.timeout(WITHIN_S),
            Session(Options(settings, origins, False, False, False), Interrupts()) as session,
        ):
            await session.open()
            return await view_of(session, await resolve(session, params["run"]))

    return asyncio.run(look())
