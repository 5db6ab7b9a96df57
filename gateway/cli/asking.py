"""Asking something of a run, and hearing what the orchestrator makes of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from mycoderai.gateway.ask_log import HEARD_WITHIN_S, store_ask, word_on
from mycoderai.gateway.cli.errors import CliError, ExitCode
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.runs import log_of, resolve, view_of
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.view import RunView
from mycoderai.schemas.events import Ask
from mycoderai.schemas.ids import new_id


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
    seq = await store_ask(session.nc, log, event, new_id())
    if session.fleet and "orchestrator" not in session.fleet.roles:
        return Word("later", seq)
    try:
        async with asyncio.timeout(HEARD_WITHIN_S):
            word = await word_on(session.nc, log, seq, after=seq)
    except TimeoutError:
        return Word("unheard", seq)
    return Word("ended" if word.end else "accepted" if word.accepted else "refused", seq, word.reason)


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
