"""What a process counts and measures, under the names Prometheus sees. The whole list is here, and in docs/metrics.md.

Every name is declared once; its values are this process's own. Values from elsewhere (the broker's accounts, other
processes) are `Rows` under the same names. No label ever holds a run's id.
"""

import os
import time
from pathlib import Path
from typing import Literal

import msgspec

Labels = tuple[str, ...]
_STATM = Path("/proc/self/statm")


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One value with its labels; of a summary, how many and their sum."""

    labels: Labels
    values: tuple[float, ...]


Rows = dict[str, list[Row]]
"""By the metric's name."""


class Metric:
    def __init__(
        self, name: str, kind: Literal["counter", "gauge", "summary"], help: str, *labels: str, own: bool = True
    ) -> None:
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.own = own
        """Whether processes hold values of it; else they are looked up when somebody asks."""
        self._values: dict[Labels, list[float]] = {}
        METRICS[name] = self

    def add(self, *labels: str, amount: float = 1.0) -> None:
        self._of(labels)[0] += amount

    def set(self, value: float, *labels: str) -> None:
        self._of(labels)[0] = float(value)

    def observe(self, value: float, *labels: str) -> None:
        kept = self._of(labels)
        kept[0] += 1
        kept[1] += value

    def value(self, *labels: str) -> float:
        return self._of(labels)[0]

    @property
    def rows(self) -> list[Row]:
        return [Row(labels, tuple(values)) for labels, values in self._values.items()]

    def _of(self, labels: Labels) -> list[float]:
        kept = self._values.get(labels)
        if kept is None:
            kept = self._values[labels] = [0.0] * self.width
        return kept

    @property
    def width(self) -> int:
        """How many values a row has."""
        return 2 if self.kind == "summary" else 1


METRICS: dict[str, Metric] = {}

SLOTS = Metric("mycoder_slots", "gauge", "Commands a worker may have at work at a time.", "role")
SLOTS_BUSY = Metric("mycoder_slots_busy", "gauge", "Commands it has at work.", "role")
DELIVERIES = Metric("mycoder_deliveries_total", "counter", "Commands taken from the queue.", "role")
REDELIVERIES = Metric("mycoder_redeliveries_total", "counter", "Of them, those taken before by somebody.", "role")
ATTEMPTS = Metric("mycoder_attempts_total", "counter", "Attempts at steps begun.", "role")
STEPS = Metric("mycoder_steps_total", "counter", "Attempts at steps ended, and how.", "role", "outcome")
STEP_SECONDS = Metric("mycoder_step_duration_seconds", "summary", "Time an attempt at a step took.", "role")
RUNS = Metric("mycoder_runs_total", "counter", "Runs ended, and how.", "status")
MODEL_CALLS = Metric("mycoder_llm_calls_total", "counter", "Answers that models gave.", "model")
MODEL_TOKENS = Metric(
    "mycoder_llm_tokens_total", "counter", "Tokens: input (cached is a part of it), output.", "model", "kind"
)
MODEL_COST = Metric("mycoder_llm_cost_usd_total", "counter", "Cost of the answers whose price is known.", "model")
LOOP_LAG = Metric("mycoder_event_loop_lag_seconds", "gauge", "How late the event loop was at its last sign of life.")
LOST_EVENTS = Metric(
    "mycoder_log_messages_lost_total", "counter", "Messages that memory found the broker unable to read.", "stream"
)
CLIENTS = Metric("mycoder_gateway_clients", "gauge", "Browsers connected.")
RSS = Metric("process_resident_memory_bytes", "gauge", "Resident memory.")
CPU = Metric("process_cpu_seconds_total", "counter", "Processor time, user and system.")

QUEUE_UP = Metric(
    "mycoder_queue_up", "gauge", "1: the broker told of this role's queue. 0: it did not.", "role", own=False
)
QUEUE_LAG = Metric("mycoder_queue_lag", "gauge", "Commands not ended: pending and in flight.", "role", own=False)
QUEUE_PENDING = Metric("mycoder_queue_pending", "gauge", "Commands not delivered yet.", "role", own=False)
QUEUE_IN_FLIGHT = Metric("mycoder_queue_in_flight", "gauge", "Commands delivered and not ended.", "role", own=False)
QUEUE_REDELIVERED = Metric(
    "mycoder_queue_redelivered", "gauge", "Of those in flight, delivered more than once.", "role", own=False
)
QUEUE_OLDEST = Metric(
    "mycoder_queue_oldest_seconds", "gauge", "Age of the oldest command not ended; 0: there is none.", "role", own=False
)
WORKERS = Metric("mycoder_workers", "gauge", "Processes that answered, by each role they play.", "role", own=False)
STREAM_UP = Metric(
    "mycoder_stream_up", "gauge", "1: the broker told of the stream. 0: it did not.", "stream", own=False
)
STREAM_BYTES = Metric("mycoder_stream_bytes", "gauge", "Size of a stream.", "stream", own=False)
STREAM_BYTES_LIMIT = Metric(
    "mycoder_stream_bytes_limit", "gauge", "Size at which it takes no more.", "stream", own=False
)
STREAM_MESSAGES = Metric("mycoder_stream_messages", "gauge", "Messages in a stream.", "stream", own=False)
DEAD_LETTERS = Metric("mycoder_dead_letters", "gauge", "Dead letters that nobody replayed or dropped.", own=False)
ADMISSION_OPEN = Metric(
    "mycoder_admission_open", "gauge", "1: new runs are accepted. 0: the disk is nearly full.", own=False
)


def own_rows() -> Rows:
    """What this process holds now."""
    RSS.set(resident_bytes())
    CPU.set(time.process_time())
    return {metric.name: metric.rows for metric in METRICS.values() if metric.rows}


def resident_bytes() -> float:
    """Memory of this process; 0 where the system does not tell."""
    try:
        return float(int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    except OSError:
        return 0.0
