"""Gateways that are killed, and a broker that is, while browsers watch."""

import signal
import time

from browsers import ENDED, Browser, View, differences
from chaos_agent import LONG
from rig import GATEWAYS
from scene import Scene
from verdicts import Runs

from mycoderai.broker.tasks import all_or_none
from mycoderai.schemas.events import Limits, RunFinished

BROKER = "nats-server"
BROWSERS = 8
PATIENT = Limits(attempts=40, minutes=5)


async def browsers_watch(scene: Scene) -> None:
    """Each hands in a run, watches it to its end over whatever happens, and begins again."""
    views: list[View] = []
    await all_or_none(_kill(scene), *(_person(scene, number, views) for number in range(BROWSERS)))
    scene.afterwards(lambda runs: _compare(views, runs))
    moved = sum(view.connections > 1 for view in views)
    scene.expect(moved > BROWSERS / 2, "O8", f"only {moved} of {len(views)} views met a kill; nothing is shown")


async def _person(scene: Scene, number: int, views: list[View]) -> None:
    browser, until = Browser(scene.rig, number), time.monotonic() + scene.seconds
    while time.monotonic() < until:
        run = await scene.load.accepted(LONG, PATIENT)
        view = View(run, 0 if number % 2 else None)
        views.append(view)
        await browser.watch(view)
        await browser.look(view)


async def _kill(scene: Scene) -> None:
    """The one gateway, the other, the broker, and again."""
    victims = (*GATEWAYS, BROKER)
    async for number in scene.every(1.3):
        scene.rig.kill([victims[number % 3]], signal.SIGKILL)


def _compare(views: list[View], runs: Runs) -> list[str]:
    return [f"O8 {said} (run {view.run})" for view in views for said in _wrong(view, runs)]


def _wrong(view: View, runs: Runs) -> list[str]:
    log = [it.seq for it in runs[view.run]]
    ends = [it.event.status for it in runs[view.run] if isinstance(it.event, RunFinished)]
    assert set(ends) <= set(ENDED)
    return list(differences(view, log, ends[0] if ends else ""))
