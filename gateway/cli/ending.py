"""How a run ended, what it has to show for it, and what to do next."""

import textwrap

from mycoderai.gateway.cli.errors import ExitCode, exit_code_of
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.text import clean, cost, counts, plural
from mycoderai.gateway.cli.view_json import result_json
from mycoderai.gateway.view import RunView
from mycoderai.schemas.events import RunFinished

_HEADS = {"succeeded": ("✓", "green"), "failed": ("✗", "red"), "cancelled": ("■", "yellow")}


def end(options: Options, view: RunView, repository: str = "", *, hints: bool = True) -> ExitCode:
    """Print the result of a finished run, and what to do next; the exit code it deserves."""
    if view.finished is None:
        raise ValueError("the run has not finished")
    if options.json:
        options.emit(result_json(view))
    else:
        for text in ending(options, view, view.finished, repository, hints=hints):
            options.say(text)
    failure = view.finished.failure
    return exit_code_of(view.finished.status, failure.code if failure else None)


def ending(options: Options, view: RunView, finished: RunFinished, repository: str, *, hints: bool = True) -> list[str]:
    mark, color = _HEADS.get(finished.status, ("?", "yellow"))
    took = max(view.finished_s - view.submitted_s, 0.0)
    head = f"{mark} {finished.status} in {took:.1f} s, {plural(finished.turns, 'turn')}, {cost(finished.cost_usd)}"
    lines = ["", options.style(head, fg=color, bold=True)]
    if finished.evidence:
        lines.append(f"  tests   {counts(finished.evidence.tests)}  ({clean(finished.evidence.command, 80)})")
    if finished.summary:
        subject, _, body = finished.summary.partition("\n")
        lines += _wrapped("change", subject) + _wrapped("why", body)
    if finished.failure and finished.status == "failed":
        lines += _wrapped("reason", finished.failure.message)
        if finished.failure.fix:
            lines += _wrapped("fix", finished.failure.fix)
    return [*lines, *_next(options, view, finished, repository)] if hints else lines


def _next(options: Options, view: RunView, finished: RunFinished, repository: str) -> list[str]:
    if finished.branch:
        where = f"  (puts it into {repository})" if repository else ""
        return [
            f"  branch  {finished.branch}",
            f"  next    {options.hint(f'diff {view.run}')}",
            f"          {options.hint(f'pull {view.run}')}{where}",
        ]
    return [f"  log     {options.hint(f'logs {view.run}')}"] if finished.status == "failed" else []


def _wrapped(name: str, text: str) -> list[str]:
    return textwrap.wrap(clean(text, 600), 110, initial_indent=f"  {name:<8}", subsequent_indent=" " * 10)
