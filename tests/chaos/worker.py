"""A worker process of a chaos run: the real one, with shorter waits, two signals more, and perhaps a mutation. A
gateway has nothing but the mutation.

SIGUSR1   agents: the subscriptions that deliveries come on are dropped; memory: it dies inside its next transaction
SIGUSR2   agents: say something about every delivery they ever had; memory: it dies after its next commit
"""

import asyncio
import os
import random
import signal
import sys
from collections import deque
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[2]))

from mutations import MUTATION, MUTATIONS

import mycoderai.broker.lean  # noqa: F401
from mycoderai.broker import consume, hearing, topology
from mycoderai.broker.connect import connections
from mycoderai.broker.consume import Delivery
from mycoderai.workers import steps

SHORT = (
    (topology, "ACK_WAIT_S", 3),
    (consume, "PROGRESS_S", 0.7),
    (consume, "HEARTBEAT_S", 1.0),
    (consume, "SILENCE_S", 2.5),
    (hearing, "CHECK_S", 1.0),
    (steps, "RUN_CHECK_S", 1.0),
    (steps, "LEAST_PATIENCE_S", 3.0),
    (steps, "RETRY_DELAY_S", 0.2),
)
"""What a run of minutes cannot wait for. The first one is the harness's too, which declares the consumers."""
SWEEP_EVERY_S, SWEEP_LISTENS_S = 4.0, 4.0
GATEWAY = "gateway"
WORDS = (b"+ACK", b"-NAK", b"+WPI")
replies: deque[str] = deque(maxlen=500)


def main() -> int:
    if sys.argv[1:] == [GATEWAY]:
        return _serve()
    for module, name, value in SHORT:
        setattr(module, name, value)
    roles = [after for before, after in zip(sys.argv, sys.argv[1:], strict=False) if before == "--role"]
    if "orchestrator" in roles:
        _sweep_often()
    if "memory" in roles:
        _die_in_transactions()
    else:
        _remember_deliveries()
        signal.signal(signal.SIGUSR1, lambda *_: _soon(_go_deaf))
        signal.signal(signal.SIGUSR2, lambda *_: _soon(_say_all))
    _mutate()
    from mycoderai.workers.__main__ import main as work

    return work()


def _serve() -> int:
    from mycoderai.gateway.app import main as serve

    _mutate()
    return serve([])


def _mutate() -> None:
    if mutation := os.environ.get(MUTATION):
        MUTATIONS[mutation].apply()


def _soon(what: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop = asyncio.get_running_loop()
    loop.call_soon_threadsafe(lambda: _kept.add(loop.create_task(what())))


_kept: set[asyncio.Task[None]] = set()


async def _go_deaf() -> None:
    for nc in connections():
        for sub in list(nc._subs.values()):
            if sub.subject.startswith("_INBOX") and "*" not in sub.subject:
                await nc._send_unsubscribe(sub._id)


async def _say_all() -> None:
    rng = random.Random(len(replies))  # noqa: S311
    (nc,) = (nc for nc in connections() if nc.options["name"] == "coder")
    for reply in list(replies):
        if ".coder." in reply:
            await nc.publish(reply, rng.choice(WORDS))


def _remember_deliveries() -> None:
    begin = Delivery.__init__

    def remembered(self: Delivery, *args: Any) -> None:
        begin(self, *args)
        replies.append(self.reply)

    Delivery.__init__ = remembered  # type: ignore[method-assign]


def _sweep_often() -> None:
    from mycoderai.workers import sweeper

    sweeper.EVERY_S = SWEEP_EVERY_S
    sweeper.Sweeper.__init__.__kwdefaults__["listen_s"] = SWEEP_LISTENS_S  # type: ignore[index]


def _die_in_transactions() -> None:
    from mycoderai.workers.memory import store

    due = ""

    def on(moment: str) -> Callable[..., None]:
        def remember(*_: object) -> None:
            nonlocal due
            due = moment

        return remember

    apply, transaction = store.apply_batch, store._in_transaction

    def die_if(moment: str) -> None:
        if due == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying(db: Any, work: Callable[[], Any], *args: Any) -> Any:
        def to_the_end() -> Any:
            result = work()
            die_if("inside")
            return result

        return transaction(db, to_the_end, *args)

    def committed(*args: Any) -> int:
        result = apply(*args)
        die_if("after")
        return result

    signal.signal(signal.SIGUSR1, on("inside"))
    signal.signal(signal.SIGUSR2, on("after"))
    store._in_transaction = dying
    store.apply_batch = committed


if __name__ == "__main__":
    sys.exit(main())
