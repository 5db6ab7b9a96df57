"""Connections: what is sent arrives in order and late, or is lost; what two clients send arrives in any order."""

import random
from collections.abc import Callable

import msgspec

from tests.sim.loop import SimLoop

Event = Callable[[], None]


class Msg:
    """As the client library hands it over."""

    __slots__ = ("data", "headers", "reply", "subject")

    def __init__(self, subject: str, data: bytes, headers: dict[str, str]) -> None:
        self.subject = subject
        self.data = data
        self.reply = headers.get("reply", "")
        self.headers = headers


class Weather(msgspec.Struct):
    """How bad the network is while faults last."""

    latency_s: float = 0.002
    lost: float = 0.0
    """Part of the single messages that never arrive."""
    twice: float = 0.0
    """Part of the appends that arrive twice."""
    stall: float = 0.0
    """Part of the messages that take up to `stall_s`, and hold up those behind them."""
    stall_s: float = 7.0
    stale_s: float = 0.0
    """How far behind a replica may be that answers a read."""


class Wire:
    """One client's connection, both ways. `broken` loses what is under way."""

    def __init__(self, loop: SimLoop, rng: random.Random, weather: Weather) -> None:
        self._loop = loop
        self._rng = rng
        self._weather = weather
        self._up = [0.0]
        self._down = [0.0]
        self._epoch = 0
        self._held: list[Event] = []
        self.connected = True
        self.reconnects = 0

    def up(self, event: Event, *, sure: bool = False) -> None:
        """To the server. While the connection is away the client keeps it, as the library does."""
        if self.connected:
            self._carry(self._up, event, sure)
        else:
            self._held.append(event)

    def down(self, event: Event, *, sure: bool = False) -> None:
        if self.connected:
            self._carry(self._down, event, sure)

    def lose_all(self) -> None:
        """What is under way is lost, and nothing more gets through before `restore`."""
        self.connected = False
        self._epoch += 1

    def restore(self) -> None:
        if not self.connected:
            self.connected = True
            self.reconnects += 1
            held, self._held = self._held, []
            for event in held:
                self.up(event, sure=True)

    def chance(self, part: float) -> bool:
        return part > 0 and self._rng.random() < part

    def _carry(self, way: list[float], event: Event, sure: bool) -> None:
        weather = self._weather
        if not sure and self.chance(weather.lost):
            return
        delay = weather.latency_s * (0.2 + self._rng.random() ** 3 * 5)
        if self.chance(weather.stall):
            delay += self._rng.random() * weather.stall_s
        arrives = way[0] = max(way[0], self._loop.time() + delay)
        epoch = self._epoch

        def arrive() -> None:
            if epoch == self._epoch:
                event()

        self._loop.at(arrives, arrive)
