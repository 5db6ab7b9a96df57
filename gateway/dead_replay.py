"""Trying again what dead letters are about.

A command is a copy of an event, so it is never sent again: what makes the orchestrator decide anew is appended to the
run's log, or a new run takes over what the old one did. Each of these is stored once however often it is asked for,
and the letter goes only after it is stored.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from itertools import groupby
from typing import NamedTuple

from nats.aio.client import Client

from mycoderai.broker.letters import Letter, remove, whole_payload
from mycoderai.broker.log import append, append_bytes, read_events
from mycoderai.gateway.dead_verdict import Replay, verdict
from mycoderai.gateway.view import RunView
from mycoderai.schemas.errors import Conflict
from mycoderai.schemas.events import Fork, RetryAsked, RunSubmitted
from mycoderai.schemas.ids import is_token, shard_of
from mycoderai.schemas.subjects import DEAD, Log

GoOn = Callable[[RunSubmitted, str, Fork | None, str], Awaitable[object]]
"""Submits the task of a run (its submission, its id) again, from a step on, as a run of the id given. Raises Conflict
when that was done before."""
_SAID = {
    "retry": "step {step} of run {run} gets another round",
    "wake": "run {run} is looked at once more",
    "submit": "run {run} is submitted where it belongs",
    "again": "run {run} goes on in a new run, {new}",
    "none": "cannot be tried again: {why}",
}


class Judged(NamedTuple):
    """A letter and what can be done about it now."""

    letter: Letter
    view: RunView
    replay: Replay

    @property
    def new_run(self) -> str:
        """The run that goes on; empty where none does."""
        return new_run_for(self.view.run) if self.replay.action == "again" else ""

    @property
    def sentence(self) -> str:
        what = self.replay
        return _SAID[what.action].format(step=what.step, run=self.letter.run, new=self.new_run, why=what.why)


async def judged(nc: Client, shards: int, found: Iterable[Letter]) -> AsyncIterator[Judged]:
    """Letters with what can be done about them, run by run. What is done about one counts for the next of its run only
    once the orchestrator has heard it."""
    for run, items in groupby(sorted(found, key=lambda item: (item.run, item.seq)), key=lambda item: item.run):
        view = await _view(nc, shards, run) if is_token(run) else RunView(run)
        for item in items:
            payload = await whole_payload(nc, item)
            yield Judged(item, view, verdict(item, payload, view, Log(run, shard_of(run, shards))))


async def carry_out(nc: Client, shards: int, judged: Judged, by: str, go_on: GoOn) -> None:
    """What was done before is not done again. The letter goes."""
    view, what = judged.view, judged.replay
    log = Log(view.run, shard_of(view.run, shards))
    try:
        match what.action:
            case "retry" | "wake":
                # Two who press it at once ask once.
                asked = RetryAsked(step=what.step, by=by)
                await append(nc, log.ask("retry"), asked, id=f"{view.run}-letter-{judged.letter.seq}")
            case "submit":
                await append_bytes(nc, log.run_event("submitted"), what.payload, expected=0)
            case "again" if view.submitted:
                shard = log.shard
                fork = Fork(run=view.run, step=what.step, shard=shard) if what.step else None
                await go_on(view.submitted, view.run, fork, judged.new_run)
    except Conflict:
        pass  # it was done before
    await remove(nc, DEAD, judged.letter.seq)


def new_run_for(run: str) -> str:
    """The id of the run that a failed run goes on in: always the same, so that asking twice starts one."""
    return "r" + hashlib.sha256(f"replay of {run}".encode()).hexdigest()[:25]


async def _view(nc: Client, shards: int, run: str) -> RunView:
    log = Log(run, shard_of(run, shards))
    view = RunView(run)
    for recorded in await read_events(nc, log.stream, log.all):
        view.apply(recorded)
    return view
