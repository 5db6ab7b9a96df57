"""Carrying a recorded run out again: submitted anew, with the answers of its models and of its people."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass

from mycoderai.broker.log import append, follow
from mycoderai.broker.tasks import end
from mycoderai.gateway.cli.attend import until_blocked
from mycoderai.gateway.cli.compare import Comparison, compare
from mycoderai.gateway.cli.cues import Cue, Facts, cues_of
from mycoderai.gateway.cli.errors import usage
from mycoderai.gateway.cli.follow import Lines, Silent, follow_run
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.resubmit import resubmit
from mycoderai.gateway.cli.run_order import announce, cancel_run, check_fleet, roles_for
from mycoderai.gateway.cli.runs import events_of, log_of, resolve
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.view import RunView, seconds
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import Ask, Recorded, RunFinished, RunSubmitted

LEFT_WAITING_S = 10.0
"""How long a replay may wait for a person when nothing is left to be said."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A finished run, as its log has it."""

    run: str
    submitted: RunSubmitted
    at_s: int
    """The time its commits carry."""
    log: list[Recorded]


async def recorded_run(options: Options, interrupts: Interrupts, text: str) -> Origin:
    """The run that `text` names; for a replay, the one it replays. Raises a usage error when it has not finished."""
    async with Session(options, interrupts) as session:
        await session.open()
        return await _origin(session, options, await resolve(session, text))


async def repeat(options: Options, interrupts: Interrupts, origin: Origin) -> tuple[str, Comparison]:
    """Replay a run to its end; the new run's id, and how the two compare."""
    role = origin.submitted.role
    check_fleet(options, role, follow=True)
    async with Session(options, interrupts, roles=roles_for(role, options.settings), kind="run") as session:
        await session.open()
        new = await resubmit(
            session, origin.submitted, origin.run, fork=origin.submitted.fork, replay=origin.run, at_s=origin.at_s
        )
        announce(options, new, [f"replays run {origin.run}"])
        await _follow(options, session, RunView(run=new), cues_of(origin.log))
        return new, compare(origin.log, await events_of(session, new))


async def _origin(session: Session, options: Options, run: str) -> Origin:
    log = await events_of(session, run)
    submitted = next((item for item in log if isinstance(item.event, RunSubmitted)), None)
    if submitted is None or not isinstance(submitted.event, RunSubmitted):
        raise usage(f"the submission of run {run} cannot be read", "mycoder doctor")
    if submitted.event.replay:
        return await _origin(session, options, submitted.event.replay)
    if not any(isinstance(item.event, RunFinished) for item in log):
        raise usage(f"run {run} has not finished; only all of it can be replayed", options.hint(f"wait {run}"))
    return Origin(run, submitted.event, submitted.event.at_s or int(seconds(submitted.time)), log)


async def _follow(options: Options, session: Session, view: RunView, cues: list[Cue]) -> None:
    """Until the new run has ended, or waits for somebody whom the recorded run did not need."""
    display = Silent() if options.json else Lines(options)
    following = asyncio.create_task(follow_run(session, view, display))
    prompting = asyncio.create_task(_prompt(session, view.run, cues))
    waiting = asyncio.create_task(_until_left_waiting(view))
    try:
        await _first_of(following, waiting, unless_fails=prompting)
    finally:
        await end([following, prompting, waiting])
        if view.finished is None:
            await cancel_run(session, view.run, "the replay was broken off")


async def _first_of(*tasks: "asyncio.Task[None]", unless_fails: "asyncio.Task[None]") -> None:
    """Wait for one of the tasks, and raise what made it or the other one fail."""
    await asyncio.wait({*tasks, unless_fails}, return_when=asyncio.FIRST_COMPLETED)
    if unless_fails.done():
        unless_fails.result()
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        if task.done():
            task.result()


async def _until_left_waiting(view: RunView) -> None:
    while True:
        await until_blocked(view)
        view.moved.clear()
        try:
            async with asyncio.timeout(LEFT_WAITING_S):
                await view.moved.wait()
        except TimeoutError:
            return


async def _prompt(session: Session, run: str, cues: list[Cue]) -> None:
    """Say what people said, each when it is due."""
    log, facts, left = log_of(session, run), Facts(), list(cues)
    async with aclosing(follow(session.nc, log.shard, log.all)) as messages:  # type: ignore[type-var]
        async for raw in messages:
            try:
                recorded = raw.parse()
            except MalformedMessage:
                continue  # it decides nothing
            if not left or isinstance(recorded.event, RunFinished):
                return
            facts.apply(recorded)
            while left and left[0].after <= facts.seen:
                await _say(session, run, left.pop(0).ask)


async def _say(session: Session, run: str, ask: Ask) -> None:
    verb = str(ask.__struct_config__.tag).removeprefix("ask.")
    await append(session.nc, log_of(session, run).ask(verb), ask, wait_for_room=False)
