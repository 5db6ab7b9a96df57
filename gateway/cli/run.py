"""`mycoder run`: hand over a task and a repository, watch, get a branch."""

from pathlib import Path
from typing import Any

import click

from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.options import Options, common
from mycoderai.gateway.planned import CODER, PLANNER, role_for


@click.command(
    epilog="""\b
Examples:
  mycoder run "make the failing tests pass"
  mycoder run "make the failing tests pass" --repo ~/src/shop --dirty --plan
  mycoder run "fix the parser" --test "python -m unittest" --json | jq -r .kind
  mycoder run "add pagination" --model openai/gpt-5 --budget-usd 2 --approve risky
  mycoder run "add pagination" --model openai/gpt-5 --fallback anthropic/claude-sonnet-5 --detach

\b
When the run needs a person, you are asked at the terminal: a approve, d deny, m message, v view, q leave it for
`mycoder inbox`. Without a terminal, also with --json, the command ends with code 5 as soon as nothing else
goes on, unless --timeout gives others that long to answer. Its last line with --json is then
{"kind": "unfinished", "questions": [...]}, and the commands that answer are named. A running fleet goes on
waiting; a run whose fleet was started for the call goes on at the next `mycoder up`.

\b
Exit codes: 0 green · 1 failed · 2 usage · 3 cancelled · 5 needs a person · 6 out of time, turns or money ·
  7 no broker · 8 still going on after --timeout · 130 Ctrl-C (with a running fleet the run goes on)
"""
)
@click.argument("task")
@click.option(
    "--repo", default=".", show_default="this folder", type=click.Path(path_type=Path), help="The repository."
)
@click.option("--model", "set_model", metavar="M", help="Model, such as offline/repair or openai/NAME.")
@click.option("--fallback", multiple=True, metavar="M", help="Tried when the model cannot answer; may be repeated.")
@click.option(
    "--plan/--no-plan",
    default=None,
    show_default="planned, but for offline/… and scripted:…",
    help="Have the task split into steps first.",
)
@click.option("--role", default="", metavar="POOL", help="The pool that gets the work, instead of planner or coder.")
@click.option(
    "--approve",
    type=click.Choice(["auto", "plan", "risky", "all"]),
    default="auto",
    show_default=True,
    help="What waits for you: nothing; the plan; risky commands too; everything that changes something.",
)
@click.option("--test", default="", metavar="CMD", help="Test command; found out when not given.")
@click.option("--edit-tests", is_flag=True, help="Let agents change tests that were there before.")
@click.option("--dirty", is_flag=True, help="Include uncommitted changes.")
@click.option("--budget-minutes", "set_budget_minutes", type=click.FloatRange(0.01), help="Working time of a step.")
@click.option("--budget-usd", type=click.FloatRange(0.0), help="Money for the whole run.")
@click.option("--step-usd", type=click.FloatRange(0.0), help="Money for each step.")
@click.option("--max-turns", type=click.IntRange(1, 100_000), help="Model calls of a step.")
@click.option("--max-parallel", type=click.IntRange(1, 64), default=4, show_default=True, help="Steps at once.")
@click.option("--install", is_flag=True, help="Grant network to install the repository's requirements.")
@click.option("--trust-code", "set_trust_code", is_flag=True, default=None, help="Run code without isolation.")
@click.option("--follow/--detach", default=True, help="Watch until the end, or leave once it is accepted.")
@click.option("--timeout", type=click.FloatRange(0.0), metavar="S", help="Follow for so many seconds at most.")
@common
def run(options: Options, *, task: str, repo: Path, follow: bool, timeout: float | None, **rest: Any) -> int:
    """Hand TASK and a repository to the fleet; the result is a branch whose tests were seen to pass.

    Your working tree is never touched. Without a running fleet, one is started for the call.
    """
    from mycoderai.gateway.cli.interrupt import run_async
    from mycoderai.gateway.cli.run_order import carry_out
    from mycoderai.gateway.cli.submit import Order

    settings = options.settings
    order = Order(
        task=task,
        repo=_folder(repo),
        model=settings.model,
        fallbacks=rest["fallback"],
        role=role_of(rest["role"], rest["plan"], settings.model),
        approve=rest["approve"],
        test=rest["test"],
        edit_tests=rest["edit_tests"],
        dirty=rest["dirty"],
        install=rest["install"],
        minutes=settings.budget_minutes,
        usd=rest["budget_usd"],
        step_usd=rest["step_usd"],
        turns=rest["max_turns"],
        max_parallel=rest["max_parallel"],
    )
    order.check()
    return run_async(lambda interrupts: carry_out(options, interrupts, order, follow=follow, timeout_s=timeout))


def role_of(role: str, plan: bool | None, model: str) -> str:
    """The pool that gets a task. Raises a usage error when --role and --plan contradict each other."""
    if role and plan is not None and plan is not (role == PLANNER):
        raise usage(f"--role {role} and --{'plan' if plan else 'no-plan'} exclude each other", "leave one of them out")
    if role:
        return role
    if plan is None:
        return role_for(model)
    return PLANNER if plan else CODER


def _folder(path: Path) -> Path:
    folder = path.expanduser().absolute()
    if not folder.exists():
        raise usage(f"there is no folder {folder}", "check the path given with --repo")
    return folder
