"""Submitting a run's task again: the same repository and conditions, a new id, and where it goes on from."""

from collections.abc import Sequence

import msgspec

from mycoderai.broker.log import append
from mycoderai.gateway.cli.runs import log_of
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.submit import Submission, recall, remember
from mycoderai.gateway.cli.who import who
from mycoderai.schemas.events import Fork, RunSubmitted
from mycoderai.schemas.ids import new_id


async def resubmit(
    session: Session,
    submitted: RunSubmitted,
    origin: str,
    *,
    fork: Fork | None,
    model: str = "",
    replay: str = "",
    at_s: int = 0,
    run: str = "",
) -> str:
    """Append the submission of run `origin` as a new run, and return its id; durably accepted when this returns.

    fork: what is taken over from the old run; None: nothing. model: instead of the old run's. replay: the run whose
    recorded answers play the model. at_s: the time its commits carry; 0: now. run: the id
    of the new run, where asking twice must not start two; then Conflict says that it was started before.
    """
    run = run or (_new_id_beside(session, replay) if replay else new_id())
    if fork:
        fork = msgspec.structs.replace(fork, shard=log_of(session, fork.run).shard)
    event = msgspec.structs.replace(
        submitted,
        fork=fork,
        model=model or submitted.model,
        fallbacks=() if model else submitted.fallbacks,
        replay=replay,
        at_s=at_s,
        submitted_by=who(),
        notes=_notes(submitted.notes, origin, fork, replay),
    )
    _remember_again(session, origin, run, event.task)
    await append(session.nc, log_of(session, run).run_event("submitted"), event, expected=0, wait_for_room=False)
    return run


def _new_id_beside(session: Session, run: str) -> str:
    """An id whose log is in the same event stream as the other run's."""
    new = new_id()
    while log_of(session, new).shard != log_of(session, run).shard:
        new = new_id()
    return new


def _notes(before: Sequence[str], origin: str, fork: Fork | None, replay: str) -> tuple[str, ...]:
    kept = [note for note in before if not note.startswith(("Forked from", "Submitted again", "Replay of"))]
    if replay:
        return (*kept, f"Replay of run {replay}.")
    if fork is None:
        return (*kept, f"Submitted again after run {origin}.")
    where = f"after turn {fork.turn} of step {fork.step}" if fork.turn else f"at step {fork.step}"
    return (*kept, f"Forked from run {fork.run} {where}.")


def _remember_again(session: Session, origin: str, run: str, task: str) -> None:
    """The new run's branch belongs where the old one's does."""
    if known := recall(session.settings.data, origin):
        remember(session.settings.data, Submission(run=run, repository=known.repository, task=task))
