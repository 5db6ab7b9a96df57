"""A plan of steps: what is wrong with it, and how it is put in order. Pure."""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import msgspec

from mycoderai.schemas.ids import is_token
from mycoderai.schemas.plan import PLANNER, TESTER, Acceptance, Check, StepSpec
from mycoderai.workers.core.routing import is_capability

MAX_STEPS = 100
MAX_GOAL_CHARS = 20_000
MAX_NAMES = 1000
"""Of needs, write globs or target tests in one step."""
MAX_REQUIRES = 8
_NAMED = 5
_WHOLE: tuple[Check, ...] = ("suite",)
_GLOB = frozenset("*?[")


def problems(steps: Sequence[StepSpec], roles: Collection[str], kept: Collection[str] = ()) -> list[str]:
    """Why a plan cannot be carried out, as sentences; none when it can.

    roles: what steps may be given to. kept: ids of steps that are in the run already; new ones may need them.
    """
    if not steps:
        return ["The plan has no steps."]
    if len(steps) > MAX_STEPS:
        return [f"The plan has {len(steps)} steps; {MAX_STEPS} are the most."]
    found = [sentence for step in steps for sentence in _step_problems(step, roles)]
    ids = [step.id for step in steps]
    if twice := {id_ for id_ in ids if ids.count(id_) > 1}:
        found.append(f"Several steps are called {_some(twice)}.")
    known = {*ids, *kept}
    for step in steps:
        if unknown := [need for need in step.needs if need not in known]:
            found.append(f"Step {step.id[:64]!r} needs {_some(unknown)}, which is not in the plan.")
    return found or _cycle(steps)


def arrange(steps: Sequence[StepSpec], kept: Sequence[StepSpec] = ()) -> tuple[StepSpec, ...]:
    """The plan as it is carried out: steps whose write sets overlap one after the other, and a last step that sees
    the whole suite pass on everything together. `steps` must have no problems."""
    ordered = _with_last_word(_one_after_the_other(steps), kept)
    if final_step((*kept, *ordered)):
        return ordered
    taken = {step.id for step in (*kept, *ordered)}
    needed = {need for step in ordered for need in step.needs}
    leaves = tuple(step.id for step in (*kept, *ordered) if step.id not in needed and step.role != PLANNER)
    check = StepSpec(
        id=unused("check", taken),
        role=TESTER,
        goal="Run the whole suite on the merged result, and hand it in when every test passes.",
        needs=leaves,
        accept=Acceptance(check="suite"),
    )
    return (*ordered, check)


def final_step(steps: Sequence[StepSpec]) -> StepSpec | None:
    """The step whose result is the run's: it has the whole suite pass, and builds on all others that change code."""
    return _last_of(steps, _WHOLE)


def _last_of(steps: Sequence[StepSpec], checks: Collection[Check]) -> StepSpec | None:
    needs = ancestors(steps)
    carrying = {step.id for step in steps if step.accept.check != "none"}
    for step in reversed(steps):
        if step.accept.check in checks and carrying <= {step.id, *needs[step.id]}:
            return step
    return None


def ancestors(steps: Iterable[StepSpec]) -> dict[str, frozenset[str]]:
    """For every step, all steps it builds on. There must be no cycle."""
    specs = {step.id: step for step in steps}
    found: dict[str, frozenset[str]] = {}
    for id_ in TopologicalSorter({id_: specs[id_].needs for id_ in specs}).static_order():
        direct = specs[id_].needs if id_ in specs else ()
        found[id_] = frozenset(direct).union(*(found[need] for need in direct))
    return found


def overlap(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether two sets of paths and globs may name the same file; in doubt they do."""
    return any(_may_meet(one, other) for one in ours for other in theirs)


def unused(name: str, taken: Collection[str]) -> str:
    """The name, or the name with the first number that makes it new."""
    candidates = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)


def renamed(steps: Sequence[StepSpec], taken: Collection[str]) -> tuple[StepSpec, ...]:
    """The steps with new names for those that are taken, also where others need them."""
    names: dict[str, str] = {}
    for step in steps:
        if step.id in taken:
            names[step.id] = unused(step.id, {*taken, *(other.id for other in steps), *names.values()})
    return tuple(
        msgspec.structs.replace(
            step, id=names.get(step.id, step.id), needs=tuple(names.get(need, need) for need in step.needs)
        )
        for step in steps
    )


def _with_last_word(steps: tuple[StepSpec, ...], kept: Sequence[StepSpec]) -> tuple[StepSpec, ...]:
    """A step that builds on all others that change code can just as well answer for the whole suite itself."""
    last = _last_of((*kept, *steps), (*_WHOLE, "no_regression"))
    if last is None or last not in steps or last.accept.check == "suite":
        return steps
    answering = msgspec.structs.replace(last, accept=Acceptance(check="suite"))
    return tuple(answering if step is last else step for step in steps)


def _one_after_the_other(steps: Sequence[StepSpec]) -> tuple[StepSpec, ...]:
    arranged: dict[str, StepSpec] = {step.id: step for step in steps}
    for first, second in itertools.combinations(steps, 2):
        if not overlap(first.writes, second.writes):
            continue
        before = _within(arranged)
        if first.id in before[second.id] or second.id in before[first.id]:
            continue
        later = arranged[second.id]
        arranged[second.id] = msgspec.structs.replace(later, needs=(*later.needs, first.id))
    return tuple(arranged.values())


def _within(steps: Mapping[str, StepSpec]) -> dict[str, frozenset[str]]:
    """Ancestors, needs of steps outside left out."""
    inside = (
        msgspec.structs.replace(step, needs=tuple(need for need in step.needs if need in steps))
        for step in steps.values()
    )
    return ancestors(inside)


def _step_problems(step: StepSpec, roles: Collection[str]) -> list[str]:
    name = repr(step.id[:64])
    found = []
    if not is_token(step.id):
        found.append(f"{name} is no name for a step: use lower-case letters, digits, - and _, at most 64.")
    if not step.goal.strip():
        found.append(f"Step {name} has no goal.")
    if len(step.goal) > MAX_GOAL_CHARS:
        found.append(f"The goal of step {name} has {len(step.goal)} characters; {MAX_GOAL_CHARS} are the most.")
    if step.role == PLANNER:
        found.append(f"Step {name} would plan again; give it to one of {_some(roles)}.")
    elif step.role not in roles:
        found.append(f"Step {name} is for the role {step.role[:64]!r}; there are {_some(roles, 20)}.")
    if step.accept.check == "targets" and not step.accept.tests:
        found.append(f"Step {name} is to be accepted by target tests, but names none.")
    if max(len(step.needs), len(step.writes), len(step.accept.tests)) > MAX_NAMES:
        found.append(f"Step {name} names more than {MAX_NAMES} steps, paths or tests.")
    if len(step.requires) > MAX_REQUIRES:
        found.append(f"Step {name} requires {len(step.requires)} things; {MAX_REQUIRES} are the most.")
    elif strange := [text for text in step.requires if not is_capability(text)]:
        found.append(f"Step {name} requires {_some(strange)}: use lower-case letters, digits and _, at most 32.")
    return found


def _cycle(steps: Sequence[StepSpec]) -> list[str]:
    try:
        TopologicalSorter({step.id: step.needs for step in steps}).prepare()
    except CycleError as err:
        return [f"Steps need each other in a circle: {' → '.join(err.args[1][: _NAMED * 2])}."]
    return []


def _may_meet(one: str, other: str) -> bool:
    heads = [_head(one), _head(other)]
    if any(_GLOB & set(path) for path in (one, other)):
        return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])
    return heads[0] == heads[1] or any(a.startswith(f"{b}/") for a, b in itertools.permutations(heads))


def _head(path: str) -> str:
    """The part before the first wildcard."""
    path = path.removeprefix("./").rstrip("/")
    return "".join(itertools.takewhile(lambda char: char not in _GLOB, path))


def _some(names: Iterable[str], most: int = _NAMED) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(repr(name[:64]) for name in listed[:most]) + more
