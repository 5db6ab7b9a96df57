"""What happened, in order: a running hash of it, and lines for people when somebody wants to read."""

import datetime
import random
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import nats.errors

from mycoderai.broker import consume, dead
from mycoderai.broker import log as run_log
from mycoderai.schemas.errors import MycoderError
from mycoderai.workers import journal, orchestrator, steps, stranded, sweeper
from mycoderai.workers.memory import follow
from tests.sim.agent import Stumbled
from tests.sim.loop import SimLoop
from tests.sim.streams import CREATED

EXPECTED_ERRORS = (MycoderError, nats.errors.Error, Stumbled)
_START = datetime.datetime.fromisoformat(CREATED[:19] + "+00:00")
_LOGGING: tuple[ModuleType, ...] = (consume, dead, run_log, journal, orchestrator, steps, follow, sweeper, stranded)


class Chronicle:
    """Call it with what happened. It takes the place of the modules' loggers too."""

    def __init__(self, loop: SimLoop, *, readable: bool) -> None:
        self._loop = loop
        self._readable = readable
        self.lines: list[str] = []
        self.digest = 0
        self.surprises: list[str] = []
        """Exceptions that the code logs, and that nothing in the scenario explains."""

    def __call__(self, what: str, *fields: object) -> None:
        line = f"{self._loop.time():10.4f} {what} {fields}"
        self.digest = zlib.crc32(line.encode(), self.digest)
        if self._readable:
            self.lines.append(f"{self._loop.time():10.4f}  {what:<10} {' '.join(map(str, fields))}")

    def debug(self, event: str, **fields: object) -> None:
        pass

    def info(self, event: str, **fields: object) -> None:
        if self._readable:
            self._say(event, fields)

    warning = error = info

    def exception(self, event: str, **fields: object) -> None:
        err = sys.exc_info()[1]
        if not isinstance(err, EXPECTED_ERRORS):
            self.surprises.append(f"{self._loop.current.name}: {event}: {err!r}")
        self.info(event, **fields, error=repr(err))

    def _say(self, event: str, fields: Mapping[str, Any]) -> None:
        said = " ".join(f"{key}={value}" for key, value in fields.items())
        self.lines.append(f"{self._loop.time():10.4f}    {self._loop.current.name}: {event} {said}")

    @contextmanager
    def listening(self) -> Iterator[None]:
        """The modules under test log here meanwhile."""
        before = [module.log for module in _LOGGING]  # type: ignore[attr-defined]
        for module in _LOGGING:
            module.log = self  # type: ignore[attr-defined]
        try:
            yield
        finally:
            for module, logger in zip(_LOGGING, before, strict=True):
                module.log = logger  # type: ignore[attr-defined]


@contextmanager
def virtual_time(loop: SimLoop, rng: random.Random) -> Iterator[None]:
    """The two places where a worker looks at the wall clock, or draws a number of its own."""

    def age_s(time: str) -> float:
        return loop.time() - (datetime.datetime.fromisoformat(time) - _START).total_seconds()

    before = sweeper.random, stranded._age_s
    sweeper.random, stranded._age_s = rng, age_s  # type: ignore[assignment]
    try:
        yield
    finally:
        sweeper.random, stranded._age_s = before
