"""A ready step that cannot be read: kept as a dead letter at once, and failed, because its run waits for it.

A worker that is older than the orchestrator meets this when the schema version goes up.
"""

from nats.aio.client import Client

from mycoderai.broker.consume import Delivery
from mycoderai.broker.dead import bury
from mycoderai.broker.log import last
from mycoderai.schemas.errors import Fenced
from mycoderai.schemas.events import StepFailed
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.subjects import Log
from mycoderai.workers.journal import StepJournal

_NEVER_EXHAUSTED = 1 << 30


async def refuse(nc: Client, shards: int, worker: str, delivery: Delivery, why: str) -> None:
    _, pool, run, step, *_ = [*delivery.subject.split("."), "", ""]
    run_log = Log(run, shard_of(run, shards))
    if is_token(run) and is_token(step) and await last(nc, run_log.run_event("submitted")):
        await _fail(StepJournal(nc, run_log, pool, step), worker, why)
    await bury(nc, delivery, why)


async def _fail(journal: StepJournal, worker: str, why: str) -> None:
    await journal.refresh()
    round_ = journal.state.round + 1 if journal.state.ended else max(journal.state.round, 1)
    begun = await journal.begin(round_, worker, fresh=False, max_attempts=_NEVER_EXHAUSTED)
    if begun != "started":
        return
    reason = failure(
        FailureCode.HANDLER_ERROR,
        f"The pool's worker cannot read the step: {why}",
        "update the workers to the orchestrator's version, then mycoder retry RUN",
    )
    try:
        await journal.append("failed", StepFailed(attempt=journal.attempt, failure=reason))
    except Fenced:
        return  # another worker has it, one that can read it
