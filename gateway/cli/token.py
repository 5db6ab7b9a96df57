"""`mycoder token`: who may come in through the gateways."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, get_args

import click

from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.options import Options, common
from mycoderai.schemas.web.access import Me, Role

if TYPE_CHECKING:
    from mycoderai.gateway.audit import AuditLog
    from mycoderai.gateway.tokens import Tokens


@click.group(
    epilog="""\b
Examples:
  mycoder token link
  mycoder token create ann --role operator --days 90
  mycoder token ls --json
  mycoder token revoke 0123456789abcdef
"""
)
def token() -> None:
    """Who may open the page and use the API: make tokens, list them, revoke them. Needs the admin's credentials."""


@token.command(
    epilog="\b\nExamples:\n  mycoder token create ann --role operator\n  mycoder token create ci --days 7 --json"
)
@click.argument("name")
@click.option("--role", type=click.Choice(get_args(Role)), default="viewer", show_default=True, help="What it may do.")
@click.option("--days", type=click.FloatRange(0, min_open=True), help="How long it works. Default: until revoked.")
@common
def create(options: Options, *, name: str, role: Role, days: float | None) -> int:
    """Make a token and show its secret, this once. NAME stands in the log of what is done with it."""

    async def work(tokens: "Tokens", audit: "AuditLog") -> int:
        me = _me()
        details = {"target": name, "detail": role}
        async with audit.carrying_out(me, "create_token", details):
            made = await tokens.create(name, role, days or 0.0, by=me.name)
            details["target"] = made.token.id
        if options.json:
            options.emit({"token": made.token, "secret": made.secret})
        else:
            options.say(made.secret)
            options.note(
                f"{made.token.id}: {role}{f', until {made.token.expires_at}' if made.token.expires_at else ''}"
            )
            options.note("It is not shown again. Send it as `Authorization: Bearer …`, or paste it into the page.")
        return 0

    return _run(options, work)


@token.command(epilog="\b\nExamples:\n  mycoder token ls\n  mycoder token ls --json")
@common
def ls(options: Options) -> int:
    """List the tokens that open something now, oldest first."""

    async def work(tokens: "Tokens", audit: "AuditLog") -> int:
        found = await tokens.all()
        for one in found:
            if options.json:
                options.emit(one)
            else:
                until = f"until {one.expires_at}" if one.expires_at else "until revoked"
                kind = "  (a browser's)" if one.session else ""
                options.say(f"{one.id}  {one.role:<8}  {one.name:<24}  made {one.created_at}  {until}{kind}")
        if not found:
            options.note("There are no tokens. `mycoder token create NAME` makes one.")
        return 0

    return _run(options, work)


@token.command(epilog="\b\nExamples:\n  mycoder token revoke 0123456789abcdef")
@click.argument("id")
@common
def revoke(options: Options, *, id: str) -> int:
    """Revoke a token: from now on it opens nothing, at any gateway."""

    async def work(tokens: "Tokens", audit: "AuditLog") -> int:
        async with audit.carrying_out(_me(), "revoke_token", {"target": id}):
            gone = await tokens.revoke(id)
            if gone is None:
                raise usage(f"there is no token {id!r}", "mycoder token ls shows them")
        if options.json:
            options.emit(gone)
        options.say(f"Revoked {gone.id} ({gone.role} {gone.name}).")
        return 0

    return _run(options, work)


@token.command(epilog="\b\nExamples:\n  mycoder token link\n  mycoder token link --json")
@common
def link(options: Options) -> int:
    """Print an address that signs a browser in as admin: it works once, within ten minutes, at this host's gateway."""
    from mycoderai.gateway.sign_in import sign_in_link

    url = sign_in_link(options.settings.data)
    if not url:
        raise usage(f"no gateway has been started on {options.settings.data}", "mycoder up, or --data DIR")
    if options.json:
        options.emit({"url": url})
    options.say(url)
    return 0


_Work = Callable[["Tokens", "AuditLog"], Awaitable[int]]


def _run(options: Options, work: _Work) -> int:
    from mycoderai.gateway.cli.interrupt import run_async

    async def connected() -> int:
        async with _broker(options) as (tokens, audit):
            return await work(tokens, audit)

    return run_async(lambda interrupts: connected())


@asynccontextmanager
async def _broker(options: Options) -> AsyncIterator[tuple["Tokens", "AuditLog"]]:
    from mycoderai.broker.connect import connect
    from mycoderai.broker.credentials import ADMIN
    from mycoderai.gateway.audit import AuditLog
    from mycoderai.gateway.fleet_data import with_broker
    from mycoderai.gateway.tokens import Tokens

    nc = await connect(with_broker(options.settings), ADMIN, name="token")
    try:
        yield Tokens(nc), AuditLog(nc)
    finally:
        await nc.close()


def _me() -> Me:
    from mycoderai.gateway.who import who

    return Me(name=who() or "owner", role="admin", by="loopback")
