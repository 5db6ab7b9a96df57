"""Every subject the system uses, built and parsed in one place.

`evt.<shard>.<run>.<family>.…` is the log of a run. The family says who may write it, so that the broker's
permissions can hold each role to its own: `run` and `ready` the orchestrator, `step.<pool>` the workers of that
pool, `call` the model role, `proof` the executors, `ask` people.
"""

import hashlib
from typing import NamedTuple

from mycoderai.schemas.errors import MalformedMessage
from mycoderai.schemas.ids import is_token

EVENTS = "EVENTS"
COMMANDS = "COMMANDS"
MEMORY = "MEMORY"
DEAD = "DEAD"
BUDGET = "BUDGET"
AUDIT = "AUDIT"
ACCESS = "ACCESS"
ARTIFACTS = "OBJ_artifacts"
ORCHESTRATOR = "orchestrator"

MEMORY_QUERY = "svc.memory.query"
MEMORY_COPIES = "memlog.>"
"""Where the server republishes what it stored of `mem.>`."""
LOST_EVENTS = "dead.memory.unknown.lost"
"""Letters of memory about what the broker cannot read any more."""
MODEL_CHAT = "svc.model.chat"
EXEC_OPEN = "svc.exec.open"
EXEC_CLONE = "svc.exec.clone"
METRICS_ASKED = "metrics.asked"
METRICS_TOLD = "metrics.told.*"
DRAIN_ASKED = "drain.asked"
"""Where a worker is told to take no more steps, or to take them again."""


class Log(NamedTuple):
    """The subjects of one run's log."""

    run: str
    shard: int = 0

    @property
    def stream(self) -> str:
        return stream_of(self.shard)

    @property
    def all(self) -> str:
        return f"evt.{self.shard}.{self.run}.>"

    @property
    def decisions(self) -> str:
        """What the orchestrator's appends are checked against."""
        return f"evt.{self.shard}.{self.run}.run.>"

    @property
    def asks(self) -> str:
        return f"evt.{self.shard}.{self.run}.ask.>"

    @property
    def calls(self) -> str:
        return f"evt.{self.shard}.{self.run}.call.>"

    @property
    def turns(self) -> str:
        return self.step_event("*", "*", "turn")

    def run_event(self, type_: str) -> str:
        return f"evt.{self.shard}.{self.run}.run.{type_}"

    def ready(self, pool: str, step: str) -> str:
        return f"evt.{self.shard}.{self.run}.ready.{pool}.{step}"

    def step(self, pool: str, step: str) -> str:
        """What an attempt's appends are checked against."""
        return f"evt.{self.shard}.{self.run}.step.{pool}.{step}.>"

    def step_event(self, pool: str, step: str, type_: str) -> str:
        return f"evt.{self.shard}.{self.run}.step.{pool}.{step}.{type_}"

    def call(self, step: str, call: str) -> str:
        return f"evt.{self.shard}.{self.run}.call.{step}.{call}"

    def proof(self, step: str, evidence: str) -> str:
        return f"evt.{self.shard}.{self.run}.proof.{step}.{evidence}"

    def ask(self, type_: str) -> str:
        return f"evt.{self.shard}.{self.run}.ask.{type_}"


def stream_of(shard: int) -> str:
    return EVENTS if shard == 0 else f"{EVENTS}-{shard}"


def memory_write(pool: str = "") -> str:
    """Where to ask for a write to memory: as a worker of a pool, or as a person. Who may publish there is the
    broker's to say, so the subject tells memory who asks."""
    return f"svc.memory.write.agent.{pool}" if pool else "svc.memory.write.person"


def memory_query(pool: str = "") -> str:
    """Where to ask memory: as anybody who may see everything, or as a worker of a pool, about a step of its own."""
    return f"{MEMORY_QUERY}.agent.{pool}" if pool else MEMORY_QUERY


def memory_log(scope: str, owner: str) -> str:
    """Where the writes to one place of memory are kept. An owner may be any text, a token of a subject not."""
    if not owner:
        return f"mem.{scope}.all"
    return f"mem.{scope}.{owner if is_token(owner) else 'x-' + hashlib.sha256(owner.encode()).hexdigest()[:32]}"


def dead(pool: str, run: str, step: str) -> str:
    return f"dead.{_token(pool)}.{_token(run)}.{_token(step)}"


def run_account(run: str, shard: int) -> str:
    """Where it is kept what a run has spent."""
    return f"budget.run.{shard}.{run}"


def fleet_account(day: str) -> str:
    """Where it is kept what the fleet has spent on a day (UTC, `2026-01-31`)."""
    return f"budget.fleet.{day}"


def audit(entry: str) -> str:
    """Where it is kept that a command was given; its outcome takes the place of the intent."""
    return f"audit.{entry}"


def access_token(token: str) -> str:
    """Where a token that opens the gateways is kept: its hash and what it is good for."""
    return f"access.token.{token}"


def live(run: str, step: str, kind: str) -> str:
    return f"live.{run}.{step}.{kind}"


def metrics_told(role: str) -> str:
    """Where a process of the role tells its metrics."""
    return METRICS_TOLD.replace("*", role)


def held_asked(pool: str) -> str:
    """Where the workers of a pool are asked which commands they hold."""
    return f"held.asked.{pool}"


def held_told(pool: str) -> str:
    """Where each of them answers."""
    return f"held.told.{pool}"


def session(session_id: str, verb: str) -> str:
    return f"svc.exec.{session_id}.{verb}"


def _token(text: str) -> str:
    return text if is_token(text) else "unknown"


class EventSubject(NamedTuple):
    """A parsed `evt.` subject. `step` is empty for run-level events; `type` is the event's type within its family."""

    shard: int
    run: str
    family: str
    pool: str
    step: str
    type: str

    @property
    def log(self) -> Log:
        return Log(self.run, self.shard)


def parse_event(subject: str) -> EventSubject:
    """Raises MalformedMessage for anything that is not a well-formed event subject."""
    match subject.split("."):
        case ["evt", shard, run, "run" | "ask" as family, type_]:
            parts = EventSubject(_shard(shard, subject), run, family, "", "", type_)
        case ["evt", shard, run, "ready", pool, step]:
            parts = EventSubject(_shard(shard, subject), run, "ready", pool, step, "ready")
        case ["evt", shard, run, "step", pool, step, type_]:
            parts = EventSubject(_shard(shard, subject), run, "step", pool, step, type_)
        case ["evt", shard, run, "call" | "proof" as family, step, type_]:
            parts = EventSubject(_shard(shard, subject), run, family, "", step, type_)
        case _:
            raise MalformedMessage(f"not an event subject: {subject[:200]!r}")
    in_step = is_token(parts.step or "x") and is_token(parts.pool or "x")
    if not (in_step and is_token(parts.run) and is_token(parts.type)):
        raise MalformedMessage(f"a token of {subject[:200]!r} is not allowed")
    return parts


def rough_subject(subject: str) -> EventSubject:
    """As much of a malformed event subject as says which log and family its message counts in."""
    _, shard, run, family, *rest = [*subject.split("."), "", "", "", ""]
    pool, step = (rest[0], rest[1]) if family in ("step", "ready") else ("", "")
    return EventSubject(int(shard) if shard.isdecimal() else 0, run, family, pool, step, "")


def _shard(text: str, subject: str) -> int:
    if not text.isdecimal() or len(text) > 3:
        raise MalformedMessage(f"the shard of {subject[:200]!r} is not a number")
    return int(text)
