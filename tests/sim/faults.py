"""What goes wrong in a history, carried out."""

from collections.abc import Mapping

from mycoderai.broker.topology import ACK_WAIT_S
from tests.sim.fleet import Node
from tests.sim.loop import SimLoop
from tests.sim.scenario import CLEAR, Fault
from tests.sim.server import Server

LONGEST_PAUSE_S = 25.0
"""Well past the ack wait: whoever comes back is a zombie."""
LONGEST_LAG_S = 8.0
LONGEST_OUTAGE_S = 3.0
MOST_CALLBACKS = 120


class Faults:
    def __init__(self, loop: SimLoop, server: Server, nodes: Mapping[str, Node]) -> None:
        self._loop = loop
        self._server = server
        self._nodes = nodes

    def plan(self, faults: tuple[Fault, ...], calm_from: float) -> None:
        for fault in faults:
            self._loop.at(fault.at, lambda fault=fault: self._strike(fault))  # type: ignore[misc]
        self._loop.at(calm_from, self._clear_up)

    def _strike(self, fault: Fault) -> None:
        node = self._nodes.get(fault.node, self._nodes["agents-0"])
        self._server.trace("fault", fault.what, node.name)
        match fault.what:
            case "crash":
                node.process.crash_after = int(fault.amount * MOST_CALLBACKS)
            case "crash everybody":
                for each in self._nodes.values():
                    each.process.crash_after = int(fault.amount * MOST_CALLBACKS)
            case "pause":
                node.pause(fault.amount * LONGEST_PAUSE_S)
            case "zombie":
                self._zombie(node, ACK_WAIT_S + fault.amount * 5.0)
            case "disconnect":
                node.disconnect(fault.amount * LONGEST_OUTAGE_S)
            case "lagging copies":
                for source in self._server.sources.values():
                    source.stalled_until = self._loop.time() + fault.amount * LONGEST_LAG_S
            case "restart":
                self._restart(fault.amount * LONGEST_OUTAGE_S)

    def _zombie(self, node: Node, seconds: float) -> None:
        """It stands still until others have its work, comes back, and then the others die."""
        node.pause(seconds)
        others = [each for each in self._nodes.values() if each is not node]
        self._loop.after(seconds + 0.5, lambda: [each.crash() for each in others])  # type: ignore[arg-type, return-value]

    def _restart(self, outage_s: float) -> None:
        server = self._server
        if server.down:
            return
        server.down = True
        for node in self._nodes.values():
            node.wire.lose_all()
        self._loop.after(outage_s, self._back)

    def _back(self) -> None:
        server = self._server
        server.down = False
        server.restart()
        for node in self._nodes.values():
            node.wire.restore()
        server.trace("back")

    def _clear_up(self) -> None:
        """The network is well again. Processes that stand still come back in their time."""
        weather = self._server.weather
        for name in CLEAR.__struct_fields__:
            setattr(weather, name, getattr(CLEAR, name))
        for node in self._nodes.values():
            node.process.crash_after = -1
