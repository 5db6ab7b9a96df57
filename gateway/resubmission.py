"""A run's task again as a new run: the same repository and conditions, and where it goes on from. Pure."""

from collections.abc import Iterable, Sequence

import msgspec

from mycoderai.schemas.events import Fork, RunSubmitted

_ABOUT_ORIGIN = ("Forked from", "Submitted again", "Replay of")


def again(
    submitted: RunSubmitted,
    origin: str,
    *,
    by: str,
    fork: Fork | None,
    task: str = "",
    model: str = "",
    replay: str = "",
    at_s: int = 0,
) -> RunSubmitted:
    """fork: what is taken over from run `origin`; None: nothing. task, model: instead of its own. replay: the run whose
    recorded answers play the model. at_s: the time its commits carry; 0: now."""
    return msgspec.structs.replace(
        submitted,
        fork=fork,
        task=task or submitted.task,
        model=model or submitted.model,
        fallbacks=() if model else submitted.fallbacks,
        replay=replay,
        at_s=at_s,
        submitted_by=by,
        notes=_notes(submitted.notes, origin, fork, replay),
    )


def where_it_stopped(steps: Iterable[tuple[str, str]]) -> str:
    """The step at which a run that has ended is taken up again, from the ids and states of its plan: what failed, else
    what is unfinished, else the last; empty where there never was a plan."""
    known = list(steps)
    failed = [id_ for id_, state in known if state == "failed"]
    unfinished = [id_ for id_, state in known if state != "done"]
    return next(iter((*failed, *unfinished, *(id_ for id_, _ in known[-1:]))), "")


def _notes(before: Sequence[str], origin: str, fork: Fork | None, replay: str) -> tuple[str, ...]:
    kept = [note for note in before if not note.startswith(_ABOUT_ORIGIN)]
    if replay:
        return (*kept, f"Replay of run {replay}.")
    if fork is None:
        return (*kept, f"Submitted again after run {origin}.")
    where = f"after turn {fork.turn} of step {fork.step}" if fork.turn else f"at step {fork.step}"
    return (*kept, f"Forked from run {fork.run} {where}.")
