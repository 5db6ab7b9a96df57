"""A run's plan and how it came to be, for `mycoder show --plan`."""

from typing import Any

import msgspec

from mycoderai.gateway.cli.detail import MARKS, status_of
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.plan_text import planned, step_line
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.view import RunView


def plan_json(view: RunView) -> dict[str, Any]:
    """The plan as it stands; `mycoder edit --file` takes it."""
    return {
        "kind": "plan",
        "run": view.run,
        "revision": view.revision,
        "waits": view.questions.has("plan"),
        "keep": under_way(view),
        "steps": [{**msgspec.to_builtins(step.spec), "state": step.state} for step in view.steps.values()],
        "revisions": [
            {
                "revision": item.plan.revision,
                "time": item.time,
                "reason": item.plan.reason,
                "steps": [spec.id for spec in item.plan.steps],
            }
            for item in view.revisions
        ],
    }


def under_way(view: RunView) -> list[str]:
    """Steps that have started and are not done: they can be stopped and taken out, but not changed."""
    return [step.id for step in view.steps.values() if step.state not in ("pending", "done")]


def plan_lines(options: Options, view: RunView) -> list[str]:
    if not view.revisions:
        return [f"run {view.run} has no plan yet"]
    waits = ", waits for approval" if view.questions.has("plan") else ""
    lines = [f"run {options.style(view.run, bold=True)}  {status_of(view)}  plan revision {view.revision}{waits}", ""]
    for step in view.steps.values():
        lines += [f"  {MARKS[step.state]} {step_line(step.spec)}", f"      {clean(step.spec.goal, 300)}"]
        if step.spec.writes:
            lines.append(f"      writes {clean(', '.join(step.spec.writes), 200)}")
    if len(view.revisions) > 1:
        lines += ["", "How it came to be:"]
        before = None
        for item in view.revisions:
            lines.append(f"  {item.time[:19]}Z  {planned(item.plan, before)}")
            before = item.plan
    return lines
