"""Asking something of a run, and hearing what the orchestrator makes of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from mycoderai.broker.log import append, follow
from mycoderai.gateway.cli.errors import CliError, ExitCode
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.runs import log_of, resolve, view_of
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.cli.view import RunView
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import Ask, AskHeard, RunFinished
from mycoderai.schemas.subjects import Log

HEARD_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Word:
    """What became of an ask."""

    outcome: Literal["accepted", "refused", "later", "unheard", "ended"]
    """`later`: no orchestrator runs; it is heard at the next start. `unheard`: one runs, but has not answered."""
    seq: int
    reason: str = ""


@asynccontextmanager
async def unfinished(options: Options, interrupts: Interrupts, text: str) -> AsyncIterator[tuple[Session, RunView]]:
    """The run that `text` names, to ask something of. Raises an error when it has ended."""
    async with Session(options, interrupts) as session:
        await session.open()
        view = await view_of(session, await resolve(session, text))
        if view.finished:
            raise CliError(
                f"run {view.run} has ended: it {view.finished.status}",
                options.hint(f"retry {view.run}"),
                cause="nothing can be asked of it any more",
            )
        yield session, view


async def ask(session: Session, run: str, event: Ask) -> Word:
    """Append an ask and wait until the orchestrator has judged it, for at most `HEARD_WITHIN_S`."""
    log = log_of(session, run)
    type_ = event.__struct_config__.tag
    seq = await append(session.nc, log.ask(str(type_).removeprefix("ask.")), event, wait_for_room=False)
    if session.fleet and "orchestrator" not in session.fleet.roles:
        return Word("later", seq)
    try:
        async with asyncio.timeout(HEARD_WITHIN_S):
            return await _heard(session, log, seq)
    except TimeoutError:
        return Word("unheard", seq)


async def _heard(session: Session, log: Log, seq: int) -> Word:
    async with aclosing(follow(session.nc, log.shard, log.decisions, after=seq)) as messages:  # type: ignore[type-var]
        async for raw in messages:
            try:
                event = raw.parse().event
            except MalformedMessage:
                continue  # it decides nothing
            if isinstance(event, RunFinished):
                return Word("ended", seq, f"the run {event.status} first")
            if isinstance(event, AskHeard) and event.ask == seq:
                return Word("accepted" if event.accepted else "refused", seq, event.reason)
    raise AssertionError("the log ended")


def told(options: Options, run: str, what: str, word: Word, done: str, **fields: object) -> int:
    """Say what became of an ask; the exit code it deserves. `done` is the sentence for when it was accepted."""
    if options.json:
        accepted = {"accepted": True, "refused": False, "ended": False}.get(word.outcome)
        shared = {"kind": "asked", "what": what, "run": run, "ask": word.seq}
        options.emit({**shared, "accepted": accepted, "outcome": word.outcome, "reason": word.reason, **fields})
    match word.outcome:
        case "refused" | "ended":
            raise CliError(f"{what} was refused: {clean(word.reason, 500)}", options.hint(f"show {run}"))
        case "unheard":
            options.note(f"Asked, but no orchestrator has answered within {HEARD_WITHIN_S:.0f} s.  mycoder doctor")
            return ExitCode.PENDING
        case "later":
            options.say(f"{done} (no fleet is running: it takes effect at the next start)")
        case "accepted":
            options.say(done + (f" ({clean(word.reason, 300)})" if word.reason else ""))
    return ExitCode.OK
