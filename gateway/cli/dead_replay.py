"""`mycoder dead replay`: trying again what dead letters are about."""

import msgspec

from mycoderai.gateway.cli.dead_letters import named, summary
from mycoderai.gateway.cli.errors import ExitCode
from mycoderai.gateway.cli.interrupt import Interrupts
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.resubmit import resubmit
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.text import clean
from mycoderai.gateway.dead_letters import Filter
from mycoderai.gateway.dead_replay import Judged, carry_out, judged
from mycoderai.gateway.who import who
from mycoderai.schemas.events import Fork, RunSubmitted


async def replay(options: Options, interrupts: Interrupts, wanted: Filter, *, do: bool) -> int:
    impossible = False
    async with Session(options, interrupts) as session:
        await session.open()

        async def go_on(submitted: RunSubmitted, origin: str, fork: Fork | None, run: str) -> None:
            await resubmit(session, submitted, origin, fork=fork, run=run)

        found = await named(options, session, wanted)
        shards = session.settings.shards
        async for item in judged(session.nc, shards, found):
            possible = item.replay.action != "none"
            impossible |= not possible
            if do and possible:
                await carry_out(session.nc, shards, item, who(), go_on)
            _tell(options, item, do=do)
        if do and found and not session.lives_on:
            options.note("No fleet is running: it takes effect at the next start.")
    summary(options, found, "looked through", do=do)
    return ExitCode.FAILED if impossible else ExitCode.OK


def _tell(options: Options, item: Judged, *, do: bool) -> None:
    letter, what = item.letter, item.replay
    if options.json:
        said = msgspec.structs.asdict(what)
        said.pop("payload")
        done = do and what.action != "none"
        fields = {"letter": letter.seq, "run": letter.run, **said, "new_run": item.new_run, "done": done}
        options.emit({"kind": "replay", **fields})
        return
    options.say(f"{options.style(f'{letter.seq:>5}', bold=True)}  {clean(item.sentence, 300)}")
