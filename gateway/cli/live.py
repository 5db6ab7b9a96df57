"""The live step tree on a terminal."""

import time
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from mycoderai.gateway.cli.detail import spent
from mycoderai.gateway.cli.people import question_line
from mycoderai.gateway.cli.text import clean, cost, plural
from mycoderai.gateway.questions import Open
from mycoderai.gateway.step_view import ACTIVITY, StepView
from mycoderai.gateway.view import RunView
from mycoderai.schemas.events import Recorded

_MARKS = {
    "pending": ("○", "dim"),
    "ready": ("◌", "dim"),
    "waiting": ("?", "yellow"),
    "done": ("✓", "green"),
    "failed": ("✗", "red"),
}
_FIRST = {"waiting": 0, "running": 1, "ready": 2, "failed": 3, "pending": 4, "done": 5}
"""Which steps are shown when not all fit."""


class LiveTree:
    """Repaints a few times a second; leaves its last state on the screen."""

    def __init__(self, view: RunView, *, color: bool, console: Console | None = None) -> None:
        self.below: Callable[[], list[str]] = list
        """Lines under the tree, such as the prompt of a question."""
        self._view = view
        self._spinner = Spinner("dots", style="cyan")
        self.console = console or Console(no_color=not color, highlight=False)
        self._live = Live(get_renderable=self._render, console=self.console, refresh_per_second=8, transient=False)

    def __enter__(self) -> "LiveTree":
        self._live.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._live.stop()

    def show(self, recorded: Recorded, view: RunView) -> None:
        if self._live.is_started:
            self._live.refresh()

    def pause(self) -> None:
        """Leave the terminal to somebody else until `resume`."""
        self._live.stop()

    def resume(self) -> None:
        self._live.start()

    def _render(self) -> RenderableType:
        steps = list(self._view.steps.values())
        below = [Text(clean(text, self.console.width - 1), no_wrap=True) for text in self.below()]
        room = max(self.console.height - 4 - len(below), 3)
        shown = self._shown(steps, room)
        speaking = sum(step.active for step in shown) or 1
        told = max(min(ACTIVITY, (room - len(shown)) // speaking), 0 if len(shown) > 1 else 1)
        rows: list[RenderableType] = [self._head()]
        for step in shown:
            rows += [self._row(step), *self._under(step, told)]
        if len(shown) < len(steps):
            done = sum(step.state == "done" for step in steps)
            rows.append(Text(f"  {done} of {len(steps)} steps done", style="dim"))
        return Group(*rows, *below)

    def _shown(self, steps: list[StepView], room: int) -> list[StepView]:
        """The whole plan where it fits, else what matters now; in the order of the plan."""
        most = sorted(steps, key=lambda step: _FIRST[step.state])[:room]
        chosen = {step.id for step in most}
        return [step for step in steps if step.id in chosen]

    def _under(self, step: StepView, told: int) -> list[Text]:
        if self._view.finished:
            return []
        if step.state == "waiting":
            return [self._asked(item) for item in self._view.questions if item.step == step.id]
        if not step.active or not told:
            return []
        lines = [*step.activity, *([f"… {step.saying}"] if step.saying else [])]
        return [self._told(text) for text in lines[-told:]]

    def _head(self) -> RenderableType:
        view = self._view
        task = clean(view.submitted.task, max(self.console.width - 60, 20)) if view.submitted else ""
        end = view.finished_s or time.time()
        elapsed = max(end - view.submitted_s, 0.0) if view.submitted_s else 0.0
        figures = " · ".join(part for part in (f"{elapsed:.1f}s", spent(view)) if part)
        head = Text.assemble(("run ", "dim"), (view.run, "bold"), f"  {task}  ", (figures, "dim"))
        if not view.finished and (view.cancel_asked or view.paused):
            head.append("  cancelling" if view.cancel_asked else "  paused", style="yellow")
        return head

    def _row(self, step: StepView) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        mark: RenderableType = self._spinner
        if step.state != "running" or self._view.finished:
            symbol, style = _MARKS.get(step.state, ("■", "yellow"))
            mark = Text(symbol, style=style)
        name, role = Text(step.id, style="bold"), Text(step.spec.role, style="cyan")
        grid.add_row(Text(" "), mark, name, role, self._figures(step))
        return grid

    def _asked(self, item: Open) -> Text:
        text = clean(question_line(item.question), self.console.width - 8)
        return Text(f"      {text}", style="yellow", no_wrap=True)

    def _told(self, text: str) -> Text:
        return Text(f"      {clean(text, self.console.width - 8)}", style="dim", no_wrap=True)

    def _figures(self, step: StepView) -> Text:
        took = (step.ended_s or self._view.finished_s or time.time()) - step.started_s if step.started_s else 0.0
        parts = [
            f"after {', '.join(step.spec.needs)}" if step.state == "pending" and step.spec.needs else "",
            f"attempt {step.attempt}" if step.attempt > 1 else "",
            plural(step.turns, "turn") if step.turns else "",
            f"{max(took, 0.0):.1f}s" if took else "",
            cost(step.cost_usd) if step.cost_usd else "",
            {"changes": "asks for changes", "accept": "accepted"}.get(step.verdict, ""),
        ]
        return Text(clean(" · ".join(part for part in parts if part), self.console.width), style="dim")
