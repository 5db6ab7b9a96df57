"""A run and its events as JSON objects. The names are a contract."""

from typing import Any

import msgspec

from mycoderai.gateway.questions import Open
from mycoderai.gateway.step_view import StepView
from mycoderai.gateway.view import RunView
from mycoderai.schemas.events import Recorded, RunFinished
from mycoderai.schemas.execution import TestCounts


def event_json(recorded: Recorded) -> dict[str, Any]:
    """One event as one flat object."""
    fields: dict[str, Any] = msgspec.to_builtins(recorded.event)
    kind = fields.pop("kind")
    where = {"seq": recorded.seq, "time": recorded.time, "run": recorded.subject.run, "step": recorded.subject.step}
    return {"kind": kind, **where, **fields}


def result_json(view: RunView) -> dict[str, Any]:
    """The last line of `mycoder run --json`."""
    finished = view.finished or RunFinished(status="pending", turns=view.turns, cost_usd=view.cost_usd)
    evidence = finished.evidence
    return {
        "kind": "result",
        "run": view.run,
        "status": finished.status,
        "branch": finished.branch or None,
        "commit": finished.result.commit if finished.result else None,
        "tests": msgspec.to_builtins(evidence.tests if evidence else TestCounts()),
        "evidence": msgspec.to_builtins(evidence) if evidence else None,
        "failure": msgspec.to_builtins(finished.failure) if finished.failure else None,
        "cost_usd": finished.cost_usd,
        "turns": finished.turns,
        "seconds": round(max(view.finished_s - view.submitted_s, 0.0), 3),
    }


def step_json(step: StepView) -> dict[str, Any]:
    return {
        "step": step.id,
        "role": step.spec.role,
        "goal": step.spec.goal,
        "needs": step.spec.needs,
        "state": step.state,
        "round": step.round,
        "attempt": step.attempt,
        "turns": step.turns,
        "model": step.model,
        "cost_usd": step.cost_usd,
        "verdict": step.verdict or None,
        "failure": step.failure or None,
        "seconds": round(step.ended_s - step.started_s, 3) if step.ended_s and step.started_s else None,
    }


def question_json(run: str, item: Open) -> dict[str, Any]:
    asked = item.question
    return {
        "question": asked.id,
        "run": run,
        "step": item.step,
        "about": asked.kind,
        "text": asked.text,
        "tool": asked.tool,
        "arguments": asked.arguments,
        "risks": asked.risks,
        "since": item.since,
    }
