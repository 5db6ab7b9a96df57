"""Submitting a run's task again: the same repository and conditions, a new id, and where it goes on from."""

import msgspec

from mycoderai.broker.log import append
from mycoderai.gateway.cli.runs import log_of
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.submit import Submission, recall, remember
from mycoderai.gateway.resubmission import again
from mycoderai.gateway.who import who
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

    run: the id of the new run, where asking twice must not start two; then Conflict says that it was started before.
    The rest: see `again`.
    """
    run = run or (_new_id_beside(session, replay) if replay else new_id())
    if fork:
        fork = msgspec.structs.replace(fork, shard=log_of(session, fork.run).shard)
    event = again(submitted, origin, by=who(), fork=fork, model=model, replay=replay, at_s=at_s)
    _remember_again(session, origin, run, event.task)
    subject = log_of(session, run).run_event("submitted")
    await append(session.nc, subject, event, expected=0, wait_for_room=False)
    return run


def _new_id_beside(session: Session, run: str) -> str:
    """An id whose log is in the same event stream as the other run's."""
    new = new_id()
    while log_of(session, new).shard != log_of(session, run).shard:
        new = new_id()
    return new


def _remember_again(session: Session, origin: str, run: str, task: str) -> None:
    """The new run's branch belongs where the old one's does."""
    if known := recall(session.settings.data, origin):
        remember(session.settings.data, Submission(run=run, repository=known.repository, task=task))
