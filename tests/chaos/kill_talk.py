"""What is played while processes are killed: turns whose tool calls must not count twice, and the endpoint that asks
for them. The endpoint and the final commit are the witnesses, and both are outside of the fleet."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from model_server import Answer, Call, ModelServer, Reply, Request

LASTING_S = 0.3
"""How long a command lasts that is to be killed while it runs."""
_TEST = """from pathlib import Path


def test_every_turn_is_booked_once():
    assert Path("ledger.txt").read_text().split() == [f"turn-{{n}}" for n in range(1, {turns})]
    assert Path("counter.txt").read_text() == "{last}\\n"
"""


def files(turns: int) -> dict[str, str]:
    """A repository that is green once every turn but the last, which hands in, was booked."""
    return {"ledger.txt": "", "counter.txt": "0\n", "tests/test_ledger.py": _TEST.format(turns=turns, last=turns - 1)}


class Talk:
    """The conversation of one run. `before` is waited for before a turn is answered."""

    def __init__(self, turns: int, lasting: set[int], before: Callable[[int], Awaitable[None]]) -> None:
        self.turns = turns
        self.asked: Counter[int] = Counter()
        """How often each turn was asked for."""
        self.before = before
        self._lasting = lasting

    def answer(self, turn: int) -> Answer:
        if turn >= self.turns:
            return Answer(calls=(Call(name="submit", arguments={"summary": "Book every turn"}),))
        add = f"echo turn-{turn} >> ledger.txt; echo $(($(cat counter.txt) + 1)) > counter.txt; cat counter.txt"
        command = f"{add}; sleep {LASTING_S}" if turn in self._lasting else add
        return Answer(text=f"I book turn {turn}.", calls=(Call(name="bash", arguments={"command": command}),))


class Endpoint(ModelServer):
    """Plays many conversations at a time, each under a model name of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.talks: dict[str, Talk] = {}
        self.otherwise = self._play

    def _play(self, request: Request) -> Reply:
        talk, turn = self._place(request)
        talk.asked[turn] += 1
        return talk.answer(turn)

    async def _reply(self, request: Request, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        talk, turn = self._place(request)
        await talk.before(turn)
        return await super()._reply(request, reply, writer)

    def _place(self, request: Request) -> tuple[Talk, int]:
        said: list[dict[str, Any]] = request.messages
        return self.talks[request.body["model"]], 1 + sum(message["role"] == "assistant" for message in said)
