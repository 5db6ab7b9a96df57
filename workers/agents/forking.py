"""A step of a forked run begins with the turns of the run it was forked from, copied into its own log."""

import msgspec

from mycoderai.broker.log import read_events
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.events import StepTurn
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.schemas.subjects import Log
from mycoderai.workers.core.journal import fold_journal
from mycoderai.workers.handler import StepContext


async def take_over_turns(step: StepContext) -> None:
    """Copy what is to be taken over, once: an attempt after this one finds it in the log. Raises RefusedError."""
    fork, journal = step.submission.fork, step.journal.state
    if fork is None or fork.step != step.step or not fork.turn or step.ready.round > 1 or journal.opened:
        return
    origin = Log(fork.run, fork.shard)
    there = fold_journal(await read_events(step.nc, origin.stream, origin.step(step.pool, fork.step)))
    turns = [turn for turn in there.turns if turn.turn <= fork.turn]
    if there.opened is None or len(turns) < fork.turn:
        said = f"Step {fork.step} of run {fork.run} has {len(there.turns)} turns, not {fork.turn}."
        raise RefusedError(failure(FailureCode.BAD_SUBMISSION, said))
    opened = msgspec.structs.replace(there.opened, attempt=step.attempt, session="")
    copied = [msgspec.structs.replace(turn, attempt=step.attempt) for turn in turns]
    for turn in copied[len(journal.turns) :]:
        await step.journal.append("turn", turn)
    await step.journal.append("opened", opened)
    await step.journal.refresh()


def is_taken_over(step: StepContext, turn: StepTurn) -> bool:
    """Whether a turn is another run's: the step goes on after it, even where it ended the step there."""
    fork = step.submission.fork
    return fork is not None and fork.step == step.step and step.ready.round == 1 and turn.turn <= fork.turn
