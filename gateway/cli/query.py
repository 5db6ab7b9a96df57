"""`mycoder ls` and `mycoder show`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from mycoderai.gateway.cli.options import Options, common, complete_run

if TYPE_CHECKING:
    from mycoderai.gateway.cli.interrupt import Interrupts
    from mycoderai.schemas.memory import RunLine, Runs

_STATUSES = ("submitted", "planned", "running", "waiting", "paused", "succeeded", "failed", "cancelled")
_COLORS = {
    "succeeded": "green",
    "failed": "red",
    "cancelled": "yellow",
    "running": "cyan",
    "waiting": "yellow",
    "paused": "yellow",
}
MAX_LIMIT = 500


@click.command(
    epilog="""\b
Examples:
  mycoder ls
  mycoder ls --status failed --limit 5
  mycoder ls --json | jq -r 'select(.status=="succeeded") | .run'
"""
)
@click.option("--status", type=click.Choice(_STATUSES), help="Only runs in this state.")
@click.option("--limit", type=click.IntRange(1, MAX_LIMIT), default=20, show_default=True)
@common
def ls(options: Options, *, status: str | None, limit: int) -> int:
    """List runs, newest first.

    A run that needs a person to go on is `waiting`, or `paused`; `mycoder inbox` has what it waits for.
    """
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _ls(options, interrupts, status, limit))


@click.command(
    epilog="""\b
Examples:
  mycoder show latest
  mycoder show 01kaz --json | jq .evidence
  mycoder show 01kaz --plan
"""
)
@click.argument("run", shell_complete=complete_run)
@click.option("--plan", is_flag=True, help="Its plan in full, and every revision of it.")
@common
def show(options: Options, *, run: str, plan: bool) -> int:
    """Show RUN: its steps, what it waits for, what was observed, what it cost."""
    from mycoderai.gateway.cli.interrupt import run_async

    return run_async(lambda interrupts: _show(options, interrupts, run, plan=plan))


async def _ls(options: Options, interrupts: "Interrupts", status: str | None, limit: int) -> int:
    import msgspec

    from mycoderai.gateway.cli.from_memory import from_memory
    from mycoderai.gateway.cli.session import Session
    from mycoderai.schemas.memory import Held, ListRuns, Runs, RunStatus

    query = ListRuns(status=msgspec.convert(status, RunStatus | Held | None), limit=limit)
    async with Session(options, interrupts, roles=("memory",)) as session:
        await session.open()
        answer = await from_memory(session, query, Runs)
    if not answer.fresh:
        options.note("Memory is still catching up: the newest runs may be missing.")
    if options.json:
        _emit_runs(options, answer)
        return 0
    if not answer.runs:
        options.say("No runs." if status is None else f"No runs with status {status}.")
        return 0
    for row in answer.runs:
        options.say(_row(options, row))
    if answer.more:
        options.note(f"There are more; --limit goes up to {MAX_LIMIT}.")
    return 0


def _emit_runs(options: Options, answer: "Runs") -> None:
    import msgspec

    for row in answer.runs:
        options.emit({"kind": "run", **msgspec.to_builtins(row), "status": row.held or row.status})


def _row(options: Options, row: "RunLine") -> str:
    from mycoderai.gateway.cli.text import clean, cost, counts

    standing = row.held or row.status
    status = options.style(f"{standing:<10}", fg=_COLORS.get(standing))
    tests = counts(row.tests) if row.tests else (row.failure.code if row.failure else "")
    figures = f"{row.turns:>3} turns  {cost(row.spent.cost_usd):<12}"
    return f"{row.run}  {status} {age(row.submitted_at):>4}  {figures} {tests:<22} {clean(row.task, 60)}"


def age(time: str, now: datetime | None = None) -> str:
    """`42s`, `5m`, `3h`, `12d` since an RFC 3339 time."""
    try:
        passed = ((now or datetime.now(UTC)) - datetime.fromisoformat(time)).total_seconds()
    except ValueError:
        return "?"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if passed >= size:
            return f"{int(passed // size)}{unit}"
    return f"{max(int(passed), 0)}s"


async def _show(options: Options, interrupts: "Interrupts", text: str, *, plan: bool) -> int:
    from mycoderai.gateway.cli.detail import detail_json, detail_lines
    from mycoderai.gateway.cli.plan_show import plan_json, plan_lines
    from mycoderai.gateway.cli.runs import look_up

    view = await look_up(options, interrupts, text)
    if options.json:
        options.emit(plan_json(view) if plan else detail_json(view))
        return 0
    for line in plan_lines(options, view) if plan else detail_lines(options, view):
        options.say(line)
    return 0
