"""The live step tree on a terminal."""

import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from mycoderai.gateway.cli.render import clean
from mycoderai.gateway.cli.view import ACTIVITY, RunView, StepView
from mycoderai.schemas.events import Recorded

_MARKS = {"waiting": ("○", "dim"), "ready": ("◌", "dim"), "done": ("✓", "green"), "failed": ("✗", "red")}


class LiveTree:
    """Repaints a few times a second; leaves its last state on the screen."""

    def __init__(self, view: RunView, *, color: bool, console: Console | None = None) -> None:
        self._view = view
        self._spinner = Spinner("dots", style="cyan")
        self._console = console or Console(no_color=not color, highlight=False)
        self._live = Live(get_renderable=self._render, console=self._console, refresh_per_second=8, transient=False)

    def __enter__(self) -> "LiveTree":
        self._live.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._live.stop()

    def show(self, recorded: Recorded, view: RunView) -> None:
        self._live.refresh()

    def _render(self) -> RenderableType:
        steps = list(self._view.steps.values())
        room = max(self._console.height - 4, 3) // 2
        shown = [step for step in steps if step.state == "running"][:room] if len(steps) > room else steps
        told = max(min(ACTIVITY, 2 * room // max(len(shown), 1) - 1), 1)
        rows: list[RenderableType] = [self._head()]
        for step in shown:
            rows.append(self._row(step))
            if step.state in ("ready", "running") and not self._view.finished:
                rows += [self._told(text) for text in list(step.activity)[-told:]]
        if len(shown) < len(steps):
            done = sum(step.state == "done" for step in steps)
            rows.append(Text(f"  {done} of {len(steps)} steps done", style="dim"))
        return Group(*rows)

    def _head(self) -> RenderableType:
        view = self._view
        task = clean(view.submitted.task, max(self._console.width - 45, 20)) if view.submitted else ""
        end = view.finished_s or time.time()
        elapsed = max(end - view.submitted_s, 0.0) if view.submitted_s else 0.0
        head = Text.assemble(("run ", "dim"), (view.run, "bold"), f"  {task}  ", (f"{elapsed:.1f}s", "dim"))
        if view.cancel_asked and not view.finished:
            head.append("  cancelling", style="yellow")
        return head

    def _row(self, step: StepView) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        mark: RenderableType = self._spinner
        if step.state != "running" or self._view.finished:
            symbol, style = _MARKS.get(step.state, ("■", "yellow"))
            mark = Text(symbol, style=style)
        grid.add_row(Text(" "), mark, Text(step.id, style="bold"), Text(step.role, style="cyan"), self._figures(step))
        return grid

    def _told(self, text: str) -> Text:
        return Text(f"      {clean(text, self._console.width - 8)}", style="dim", no_wrap=True)

    def _figures(self, step: StepView) -> Text:
        parts = [f"attempt {step.attempt}"] if step.attempt > 1 else []
        if step.turns:
            parts.append(f"{step.turns} turn" + ("s" if step.turns > 1 else ""))
        if step.started_s:
            parts.append(f"{max((step.ended_s or self._view.finished_s or time.time()) - step.started_s, 0.0):.1f}s")
        return Text(" · ".join(parts), style="dim")
