"""What a step handler is: an ordinary callable from a StepContext to an outcome.

    async def run_step(step: StepContext) -> Outcome: ...

A pool's handler is found by `--handler package.module:function` or by an entry point of the group
`mycoderai.handlers` with the pool's name; pools without one run the agent loop. A plain function works too: it
runs in a thread.
"""

import asyncio
import importlib
import importlib.metadata
import inspect
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

import msgspec
from nats.aio.client import Client

from mycoderai.broker.signs import show_sign
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.events import AnyEvent, Question, RunSubmitted, StepReady, StepSpec, StepTurn
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.subjects import Log
from mycoderai.workers.core.journal import JournalState

ENTRY_POINTS = "mycoderai.handlers"
DEFAULT = "agent"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """The step reached its goal. With a result, `evidence` names what an executor recorded for that tree."""

    summary: str = ""
    result: Checkpoint | None = None
    evidence: str = ""
    plan: tuple[StepSpec, ...] = ()
    """Steps to carry out after this one, where planning was its work."""
    verdict: Literal["", "accept", "changes"] = ""
    """A review's."""


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    failure: Failure


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """The step needs a person. It is taken again when there is an answer; until then it holds no slot."""

    question: Question
    partial: StepTurn | None = None


Outcome = Done | Failed | Parked


class Journal(Protocol):
    """The step's log, as its current attempt may write it. `append` raises Fenced once another attempt began."""

    @property
    def state(self) -> JournalState: ...

    async def append(self, type_: str, event: AnyEvent) -> int: ...

    async def refresh(self) -> None: ...


class StepContext:
    """What a handler gets: the step, the task it belongs to, its journal, and a connection for services."""

    def __init__(
        self, *, nc: Client, run: str, shard: int, pool: str, ready: StepReady, journal: Journal, attempt: int
    ) -> None:
        self.nc = nc
        self.run = run
        self.shard = shard
        self.pool = pool
        self.ready = ready
        self.journal = journal
        self.attempt = attempt

    def show_sign(self) -> None:
        """Say that the step gets on. A handler that journals nothing and asks no service for as long as the whole
        step may take (`limits.minutes`) is taken to hang and cancelled, unless it calls this."""
        show_sign()

    @property
    def log(self) -> Log:
        return Log(self.run, self.shard)

    @property
    def step(self) -> str:
        return self.ready.spec.id

    @property
    def spec(self) -> StepSpec:
        return self.ready.spec

    @property
    def submission(self) -> RunSubmitted:
        return self.ready.submission


StepHandler = Callable[[StepContext], Awaitable[Outcome]]


def load_handler(pool: str, named: str = "") -> StepHandler:
    """Raises ConfigError when the handler cannot be found or imported."""
    if named:
        return _awaitable(_from_name(named), named)
    entries = {entry.name: entry for entry in importlib.metadata.entry_points(group=ENTRY_POINTS)}
    entry = entries.get(pool) or entries[DEFAULT]
    try:
        return _awaitable(entry.load(), entry.value)
    except (ImportError, AttributeError) as err:
        raise ConfigError(f"the handler of pool {pool!r}, {entry.value}, cannot be imported: {err}") from err


def _from_name(named: str) -> object:
    module_name, _, attribute = named.partition(":")
    fix = "name it as package.module:function, importable from where the worker runs"
    if not (module_name and attribute):
        raise ConfigError(f"{named!r} does not name a handler", fix)
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as err:
        raise ConfigError(f"the handler {named} cannot be imported: {err}", fix) from err


def _awaitable(handler: object, name: str) -> StepHandler:
    if not callable(handler):
        raise ConfigError(f"the handler {name} is not callable")
    if inspect.iscoroutinefunction(handler):
        return handler

    async def in_thread(step: StepContext) -> Outcome:
        outcome = await asyncio.to_thread(handler, step)
        if isinstance(outcome, Outcome):
            return outcome
        raise TypeError(f"{name} returned {type(outcome).__name__}, not Done, Failed or Parked")

    return in_thread
