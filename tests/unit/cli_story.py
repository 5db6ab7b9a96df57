"""Logs of runs told event by event, for tests of what the command line makes of them."""

import io

from rich.console import Console

from mycoderai.gateway.cli.live import LiveTree
from mycoderai.gateway.cli.options import Options
from mycoderai.gateway.cli.render import change
from mycoderai.gateway.view import RunView
from mycoderai.schemas.events import (
    AnyEvent,
    Limits,
    Question,
    Recorded,
    RunSubmitted,
    StepReady,
    StepStarted,
)
from mycoderai.schemas.execution import Checkpoint
from mycoderai.schemas.plan import StepSpec
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import Log, parse_event

RUN = "01m81z621jfz68myf9s9q9jyzq"
LOG = Log(RUN)
TASK = RunSubmitted(task="fix it", limits=Limits(usd=2.0))
A = StepSpec(id="a", role="coder", goal="fix a")
B = StepSpec(id="b", role="coder", goal="fix b")
C = StepSpec(id="c", role="tester", goal="check", needs=("a", "b"))
POINT = Checkpoint(commit="c" * 40, tree="t" * 40)
RISKY = Question(
    id="a-1-2-0",
    kind="approval",
    text="May the command run?",
    tool="bash",
    arguments='{"command": "rm -rf build"}',
    risks=("deletes files",),
)
OPTIONS = Options(Settings(data_dir="/d"), [], False, False, False)


class Story:
    """A log that is written and looked at in turns."""

    def __init__(self) -> None:
        self.view = RunView(RUN)
        self.seq = 0

    def tell(self, subject: str, event: AnyEvent) -> str:
        """Append an event; what is said about it."""
        self.seq += 1
        time = f"2026-01-02T03:04:{self.seq:02}Z"
        recorded = Recorded(seq=self.seq, time=time, subject=parse_event(subject), event=event)
        text = change(recorded, self.view)
        self.view.apply(recorded, text)
        return text

    def run(self, type_: str, event: AnyEvent) -> str:
        return self.tell(LOG.run_event(type_), event)

    def ask(self, type_: str, event: AnyEvent) -> str:
        return self.tell(LOG.ask(type_), event)

    def step(self, step: str, type_: str, event: AnyEvent) -> str:
        return self.tell(LOG.step_event("coder", step, type_), event)

    def ready(self, spec: StepSpec, **more: object) -> str:
        return self.tell(LOG.ready(spec.role, spec.id), StepReady(spec=spec, submission=TASK, **more))  # type: ignore[arg-type]

    def start(self, spec: StepSpec, attempt: int = 1) -> None:
        self.ready(spec)
        self.step(spec.id, "started", StepStarted(attempt=attempt, worker="host:1"))

    def screen(self, height: int = 24) -> str:
        console = Console(width=100, height=height, record=True, force_terminal=True, file=io.StringIO())
        tree = LiveTree(self.view, color=False, console=console)
        console.print(tree._render())
        return console.export_text()
