"""One run in full, for `mycoder show`."""

from typing import Any

import msgspec

from mycoderai.gateway.cli.ending import ending
from mycoderai.gateway.cli.needs import waiting_lines
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.text import clean, cost, plural
from mycoderai.gateway.cli.view_json import question_json, result_json, step_json
from mycoderai.gateway.step_view import StepView
from mycoderai.gateway.view import RunView
from mycoderai.schemas.events import RunSubmitted

MARKS = {"pending": "○", "ready": "◌", "running": "●", "waiting": "?", "done": "✓", "failed": "✗"}


def status_of(view: RunView) -> str:
    if view.finished:
        return view.finished.status
    if view.cancel_asked:
        return "cancelling"
    if view.paused:
        return "paused"
    if view.blocked:
        return "waiting"
    return "running" if any(step.state != "pending" for step in view.steps.values()) else "submitted"


def detail_json(view: RunView) -> dict[str, Any]:
    """The result's fields, with status `running` and the like while there is none, and what led to them."""
    submitted: dict[str, Any] = msgspec.to_builtins(view.submitted) if view.submitted else {}
    submitted.pop("kind", None)
    return {
        **result_json(view),
        "kind": "run",
        "status": status_of(view),
        "submitted_at": view.submitted_at,
        "submission": submitted,
        "revision": view.revision,
        "steps": [step_json(step) for step in view.steps.values()],
        "questions": [question_json(view.run, item) for item in view.questions],
    }


def detail_lines(options: Options, view: RunView) -> list[str]:
    lines = [f"run {options.style(view.run, bold=True)}  {status_of(view)}"]
    if view.submitted:
        lines += _submission(view, view.submitted)
    for step in view.steps.values():
        lines.append(f"  {MARKS[step.state]} {step.id:<10} {step.spec.role:<10} {_figures(step)}".rstrip())
    lines += waiting_lines(options, view)
    if view.finished:
        return lines + ending(options, view, view.finished, "")
    return [*lines, "", f"  next    {options.hint(f'logs -f {view.run}')}"]


def _submission(view: RunView, submitted: RunSubmitted) -> list[str]:
    rows = {
        "task": clean(submitted.task, 500),
        "model": ", then ".join((submitted.model, *submitted.fallbacks)),
        "role": submitted.role,
        "approve": submitted.approve if submitted.approve != "auto" else "",
        "submitted": f"{view.submitted_at[:19]}Z by {clean(submitted.submitted_by, 60) or 'unknown'}",
        "forked": f"from step {submitted.fork.step} of {submitted.fork.run}" if submitted.fork else "",
        "tests": clean(submitted.test_command, 200),
        "cost": spent(view),
    }
    notes = [f"  {'note':<10} {clean(note, 300)}" for note in submitted.notes]
    return [*(f"  {name:<10} {value}" for name, value in rows.items() if value), *notes, ""]


def spent(view: RunView) -> str:
    """What it has cost so far, beside what it may; empty while neither says anything."""
    budget = view.submitted.limits.usd if view.submitted else None
    if budget is None:
        return cost(view.cost_usd) if view.cost_usd != 0.0 else ""
    return f"{cost(view.cost_usd)} of ${budget:g}"


def _figures(step: StepView) -> str:
    took = f"{step.ended_s - step.started_s:.1f} s" if step.ended_s and step.started_s else ""
    parts = [
        f"after {', '.join(step.spec.needs)}" if step.spec.needs and step.state == "pending" else "",
        f"attempt {step.attempt}" if step.attempt > 1 else "",
        plural(step.turns, "turn") if step.turns else "",
        took,
        cost(step.cost_usd) if step.cost_usd != 0.0 else "",
        clean(step.activity[-1], 80) if step.activity else "",
    ]
    return ", ".join(part for part in parts if part)
