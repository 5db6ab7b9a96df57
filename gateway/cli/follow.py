"""Following a run: its log, event by event, shown as a live tree, as lines, or as JSON."""

import asyncio
import contextlib
from contextlib import aclosing
from typing import Protocol

from mycoderai.broker.log import follow
from mycoderai.broker.tasks import end
from mycoderai.gateway.cli import unattended
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.render import change, line, spoken
from mycoderai.gateway.cli.session import Session
from mycoderai.gateway.cli.view_json import event_json
from mycoderai.gateway.view import RunView
from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.events import Recorded
from mycoderai.schemas.ids import shard_of
from mycoderai.schemas.subjects import Log


class Display(Protocol):
    """Where a run's progress is shown."""

    def __enter__(self) -> object: ...

    def __exit__(self, *args: object) -> None: ...

    def show(self, recorded: Recorded, view: RunView) -> None: ...


class Lines(contextlib.nullcontext[None]):
    """One line per change, for logs and pipes."""

    def __init__(self, options: Options, *, full: bool = False) -> None:
        super().__init__()
        self._options = options
        self._full = full
        """With what the model said and the tools printed."""

    def show(self, recorded: Recorded, view: RunView) -> None:
        if text := line(recorded, view):
            self._options.say(text)
        if self._full:
            for text in spoken(recorded):
                self._options.say(text)


class Silent(contextlib.nullcontext[None]):
    """Nothing, for those who wait for the end only."""

    def show(self, recorded: Recorded, view: RunView) -> None:
        pass


class JsonLines(contextlib.nullcontext[None]):
    """One object per event, for programs."""

    def __init__(self, options: Options) -> None:
        super().__init__()
        self._options = options

    def show(self, recorded: Recorded, view: RunView) -> None:
        self._options.emit(event_json(recorded))


def display_for(options: Options, view: RunView, *, live: bool) -> Display:
    if options.json:
        return JsonLines(options)
    if live:
        from mycoderai.gateway.cli.live import LiveTree

        return LiveTree(view, color=options.color)
    return Lines(options)


async def follow_run(session: Session, view: RunView, display: Display, *, step: str = "") -> None:
    """Show a run's log from its beginning until the run ends, and fold it into `view`.

    Raises BrokerUnreachable when the broker goes away for good.
    """
    following = asyncio.create_task(_follow(session, view, display, step))
    watching = asyncio.create_task(session.wait_gone())
    looking = asyncio.create_task(unattended.watch(session, view))
    try:
        await asyncio.wait({following, watching}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end([task for task in (following, watching, looking) if not task.done()])
    if watching.done() and not watching.cancelled():
        watching.result()
    following.result()


async def _follow(session: Session, view: RunView, display: Display, step: str) -> None:
    log = Log(view.run, shard_of(view.run, session.settings.shards))
    async with aclosing(follow(session.nc, log.shard, log.all)) as messages:  # type: ignore[type-var]
        async for raw in messages:
            with contextlib.suppress(MalformedMessage):
                recorded = raw.parse()
                view.apply(recorded, change(recorded, view))
                if not step or recorded.subject.step in ("", step):
                    display.show(recorded, view)
            if view.finished:
                return
