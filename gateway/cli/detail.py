"""One run in full, for `mycoder show`."""

from typing import Any

import msgspec

from mycoderai.gateway.cli.ending import ending
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.render import clean
from mycoderai.gateway.cli.view import RunView, StepView, result_json
from mycoderai.schemas.events import RunSubmitted

_MARKS = {"waiting": "○", "ready": "◌", "running": "●", "done": "✓", "failed": "✗"}


def status_of(view: RunView) -> str:
    if view.finished:
        return view.finished.status
    if view.cancel_asked:
        return "cancelling"
    return "running" if any(step.state != "waiting" for step in view.steps.values()) else "submitted"


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
        "steps": [_step_json(step) for step in view.steps.values()],
    }


def detail_lines(options: Options, view: RunView) -> list[str]:
    lines = [f"run {options.style(view.run, bold=True)}  {status_of(view)}"]
    if view.submitted:
        lines += _submission(view, view.submitted)
    lines += [f"  {_MARKS[step.state]} {step.id:<10} {step.role:<10} {_figures(step)}" for step in view.steps.values()]
    if view.finished:
        lines += ending(options, view, view.finished, "")
    else:
        lines += ["", f"  next    {options.hint(f'logs -f {view.run}')}"]
    return lines


def _submission(view: RunView, submitted: RunSubmitted) -> list[str]:
    rows = {
        "task": clean(submitted.task, 500),
        "model": submitted.model,
        "role": submitted.role,
        "submitted": f"{view.submitted_at[:19]}Z by {clean(submitted.submitted_by, 60) or 'unknown'}",
        "tests": clean(submitted.test_command, 200),
    }
    notes = [f"  {'note':<10} {clean(note, 300)}" for note in submitted.notes]
    return [*(f"  {name:<10} {value}" for name, value in rows.items() if value), *notes, ""]


def _figures(step: StepView) -> str:
    attempt = f"attempt {step.attempt}, " if step.attempt > 1 else ""
    took = f", {step.ended_s - step.started_s:.1f} s" if step.ended_s and step.started_s else ""
    return f"{attempt}{step.turns} turns{took}   {clean(step.activity[-1] if step.activity else '', 80)}".rstrip()


def _step_json(step: StepView) -> dict[str, Any]:
    return {
        "step": step.id,
        "role": step.role,
        "goal": step.goal,
        "state": step.state,
        "attempt": step.attempt,
        "turns": step.turns,
        "seconds": round(step.ended_s - step.started_s, 3) if step.ended_s and step.started_s else None,
    }
