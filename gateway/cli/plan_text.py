"""Plans and what became of them, as sentences."""

from collections.abc import Sequence

from mycoderai.gateway.cli.text import clean
from mycoderai.schemas.events import RunPlanned
from mycoderai.schemas.plan import StepSpec

_NAMED = 8


def planned(plan: RunPlanned, before: RunPlanned | None) -> str:
    """A plan's event: all steps of the first one, what a later one changed."""
    what = _changes(before.steps, plan.steps) if before else "; ".join(_described(plan.steps))
    head = f"plan revision {plan.revision}" if before else "planned"
    reason = f" ({clean(plan.reason, 80)})" if plan.reason else ""
    taken = f"; taken over as done: {_names([item.step for item in plan.taken_over])}" if plan.taken_over else ""
    waits = f"; waits for approval as plan-{plan.revision}" if plan.waits else ""
    return f"{head}{reason}: {what}{taken}{waits}"


def step_line(spec: StepSpec) -> str:
    """`fix-cart (coder) after plan`"""
    needs = f" after {_names(spec.needs)}" if spec.needs else ""
    return f"{spec.id} ({spec.role}){needs}"


def plan_block(steps: Sequence[StepSpec]) -> list[str]:
    """Every step with its goal."""
    return [line for spec in steps for line in (step_line(spec), f"    {clean(spec.goal, 500)}")]


def _described(steps: Sequence[StepSpec]) -> list[str]:
    more = [f"and {len(steps) - _NAMED} more"] if len(steps) > _NAMED else []
    return [*(step_line(step) for step in steps[:_NAMED]), *more]


def _changes(before: Sequence[StepSpec], after: Sequence[StepSpec]) -> str:
    old, new = {spec.id: spec for spec in before}, {spec.id: spec for spec in after}
    added = [step_line(spec) for spec in after if spec.id not in old]
    kept = [id_ for id_ in new if id_ in old]
    parts = {
        "added": added,
        "changed": [id_ for id_ in kept if old[id_] != new[id_]],
        "dropped": [id_ for id_ in old if id_ not in new],
    }
    said = [f"{what} {_names(names)}" for what, names in parts.items() if names]
    if kept != [id_ for id_ in old if id_ in new]:
        said.append("put into another order")
    return "; ".join(said) or "nothing changed"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
