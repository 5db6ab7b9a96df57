"""What people say to a step while it works, as the orchestrator accepted it."""

from collections.abc import Iterable

from nats.aio.client import Client

from mycoderai.broker.log import read_events
from mycoderai.schemas.events import AskHeard, Heard
from mycoderai.schemas.subjects import Log


class People:
    """Read before every turn: the log is asked, so that nothing is missed and nothing has to be kept in memory."""

    def __init__(self, nc: Client, run_log: Log, step: str, known: Iterable[int]) -> None:
        self._nc = nc
        self._log = run_log
        self._step = step
        self._known = set(known)
        self._read_to = 0
        self.paused_by = 0
        """Sequence of the ask that paused the run; 0 while it is not paused."""
        self._now: list[Heard] = []
        self._after: list[Heard] = []

    async def listen(self) -> None:
        """Take in what was accepted since the last time."""
        for recorded in await read_events(self._nc, self._log.stream, self._log.run_event("heard"), self._read_to):
            self._read_to = recorded.seq
            if isinstance(recorded.event, AskHeard) and recorded.event.accepted:
                self._take(recorded.event)

    def take_now(self) -> tuple[Heard, ...]:
        """Messages for the next turn, once."""
        taken = tuple(self._now)
        self._now.clear()
        self._known |= {heard.ask for heard in taken}
        return taken

    def hurry_after(self) -> bool:
        """Give messages that were to wait until the step hands its work in to the next turn; whether there are any."""
        self._now += self._after
        self._after.clear()
        return bool(self._now)

    def _take(self, word: AskHeard) -> None:
        if word.what == "pause":
            self.paused_by = word.ask
        elif word.what == "resume":
            self.paused_by = 0
        elif word.what == "message" and word.step == self._step and word.ask not in self._known:
            heard = Heard(ask=word.ask, text=word.text, by=word.by)
            (self._now if word.when == "now" else self._after).append(heard)
