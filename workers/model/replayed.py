"""A recorded run plays the model: each call gets the answer it got then, and no provider is asked."""

import asyncio
import contextlib
from collections import OrderedDict

from nats.aio.client import Client

from mycoderai.schemas.chat import ModelAnswer, ModelRequest
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure
from mycoderai.workers.core.recording import Recording, unrecorded
from mycoderai.workers.recorded import read_recording

CACHED = 32
CUT_OFF_WITHIN_S = 60.0
"""How long a call that was under way when its step was cut off waits for that to happen again."""


class Recordings:
    def __init__(self, nc: Client) -> None:
        self._nc = nc
        self._cached: OrderedDict[tuple[str, str, int], Recording] = OrderedDict()

    async def answer(self, request: ModelRequest) -> ModelAnswer:
        """Raises RefusedError: with the failure that was recorded, or `replay_diverged` when there is no such call."""
        round_, _, turn = (int(part) if part.isdecimal() else 0 for part in request.call.partition("-"))
        cached = self._cached.get((request.replay, request.step, round_))
        if cached and (answer := cached.answer(request.call, turn)):
            return answer
        recording = await self._read(request, round_)
        if answer := recording.answer(request.call, turn):
            return answer
        raise RefusedError(await _reason(recording, turn, request.seconds_left))

    async def _read(self, request: ModelRequest, round_: int) -> Recording:
        recording = await read_recording(self._nc, request.replay, request.shard, request.step, round_)
        key = (request.replay, request.step, round_)
        self._cached[key] = recording
        self._cached.move_to_end(key)
        if len(self._cached) > CACHED:
            self._cached.popitem(last=False)
        return recording


async def _reason(recording: Recording, turn: int, seconds_left: float) -> Failure:
    if recording.failure and turn > max(recording.turns, default=0):
        return recording.failure
    if recording.cut_off:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(CUT_OFF_WITHIN_S, seconds_left)):
                await asyncio.Event().wait()  # the end of the run cancels this
    return unrecorded(recording, turn)
