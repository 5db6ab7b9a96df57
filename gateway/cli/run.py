"""`mycoder run`: hand over a task and a repository, watch, get a branch."""

from pathlib import Path
from typing import Any

import click

from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.options import Options, common


@click.command(
    epilog="""\b
Examples:
  mycoder run "make the failing tests pass"
  mycoder run "make the failing tests pass" --repo ~/src/shop --dirty
  mycoder run "fix the parser" --test "python -m unittest" --json | jq -r .kind
  mycoder run "add pagination" --model openai/gpt-5 --budget-usd 2 --detach

\b
Exit codes: 0 green · 1 failed · 2 usage · 3 cancelled · 6 out of time or turns ·
  7 no broker · 130 Ctrl-C (with a running fleet the run goes on)
"""
)
@click.argument("task")
@click.option(
    "--repo", default=".", show_default="this folder", type=click.Path(path_type=Path), help="The repository."
)
@click.option("--model", "set_model", metavar="M", help="Model, such as offline/repair or openai/NAME.")
@click.option("--test", default="", metavar="CMD", help="Test command; found out when not given.")
@click.option("--dirty", is_flag=True, help="Include uncommitted changes.")
@click.option("--role", default="coder", show_default=True, metavar="POOL", help="The pool that gets the work.")
@click.option("--budget-minutes", "set_budget_minutes", type=click.FloatRange(0.01), help="Working time of a step.")
@click.option("--budget-usd", type=click.FloatRange(0.0), help="Money for the whole run.")
@click.option("--max-parallel", type=click.IntRange(1, 64), default=4, show_default=True, help="Steps at once.")
@click.option("--approve", type=click.Choice(["auto", "plan", "risky", "all"]), default="auto", show_default=True)
@click.option("--install", is_flag=True, help="Grant network to install the repository's requirements.")
@click.option("--trust-code", "set_trust_code", is_flag=True, default=None, help="Run code without isolation.")
@click.option("--follow/--detach", default=True, help="Watch until the end, or leave once it is accepted.")
@common
def run(options: Options, *, task: str, repo: Path, follow: bool, approve: str, **rest: Any) -> int:
    """Hand TASK and a repository to the fleet; the result is a branch whose tests were seen to pass.

    Your working tree is never touched. Without a running fleet, one is started for the call.
    """
    from mycoderai.gateway.cli.interrupt import run_async
    from mycoderai.gateway.cli.run_order import carry_out
    from mycoderai.gateway.cli.submit import Order

    if approve != "auto":
        raise usage(f"--approve {approve} is not available yet", "leave it out, or use --approve auto")
    order = Order(
        task=task,
        repo=_folder(repo),
        model=options.settings.model,
        role=rest["role"],
        test=rest["test"],
        dirty=rest["dirty"],
        install=rest["install"],
        minutes=options.settings.budget_minutes,
        usd=rest["budget_usd"],
        max_parallel=rest["max_parallel"],
    )
    order.check()
    return run_async(lambda interrupts: carry_out(options, interrupts, order, follow=follow))


def _folder(path: Path) -> Path:
    folder = path.expanduser().absolute()
    if not folder.exists():
        raise usage(f"there is no folder {folder}", "check the path given with --repo")
    return folder
