"""Whether runs can be handed in and shown now, and if not, what is missing. Tells nobody what the fleet works on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from nats.aio.client import Client

from mycoderai.broker.admission import why_closed
from mycoderai.broker.api import ask_api, look_up
from mycoderai.broker.drift import differences
from mycoderai.broker.kept import Kept
from mycoderai.broker.topology import streams
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.problem import as_problem
from mycoderai.schemas.errors import MycoderError, NoRoom
from mycoderai.schemas.memory import MemoryStats, Stats
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.web.health import CheckResult, Readiness

WITHIN_S = 2.0
KEPT_S = 0.5
FULL = 0.98
_OTHERS_TO_SAY = frozenset({"num_replicas", "persist_mode"})
"""Of a stream: what only those need to know who declare it."""


class Readying:
    def __init__(self, nc: Client, settings: Settings, memory: Memory) -> None:
        self._nc = nc
        self._settings = settings
        self._memory = memory
        self._kept = Kept(self._look, KEPT_S)

    async def look(self) -> Readiness:
        """Of this moment, or of one just before: nobody needs a name to ask, and it is many questions to the broker."""
        return await self._kept.get()

    async def _look(self) -> Readiness:
        asked = {
            "broker": self._broker,
            "streams": self._streams,
            "memory": self._answering,
            "admission": self._admission,
            "disk": self._disk,
        }
        results = await asyncio.gather(*map(_result, asked.values()))
        checks = dict(zip(asked, results, strict=True))
        ready = all(check.ok for check in results)
        return Readiness(status="ready" if ready else "not ready", checks=checks)

    async def _broker(self) -> str:
        if not self._nc.is_connected:
            raise MycoderError("no connection; trying again")
        return "connected"

    async def _streams(self) -> str:
        declared = list(streams(self._settings))
        infos = await asyncio.gather(*(look_up(self._nc, f"STREAM.INFO.{config['name']}") for config in declared))
        wrong = [
            f"{config['name']} {'is missing' if info is None else 'is not as declared'}"
            for config, info in zip(declared, infos, strict=True)
            if info is None or differences(_known(config), info["config"])
        ]
        if wrong:
            raise MycoderError("; ".join(wrong))
        return f"{len(declared)} as declared"

    async def _answering(self) -> str:
        await self._memory.ask(Stats(), MemoryStats, WITHIN_S)
        return "answers"

    async def _admission(self) -> str:
        if reason := await why_closed(self._nc):
            raise NoRoom(reason)
        return "new runs are accepted"

    async def _disk(self) -> str:
        """What the broker says of its store; a disk that fills up closes the admission first."""
        account = await ask_api(self._nc, "INFO")
        used, most = account["storage"], account["limits"]["max_storage"]
        if most > 0 and used > FULL * most:
            raise NoRoom(f"{used >> 20:,} of {most >> 20:,} MB of the broker's store are used")
        return f"{used >> 20:,} MB are stored"


def _known(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key not in _OTHERS_TO_SAY}


async def _result(check: Callable[[], Awaitable[str]]) -> CheckResult:
    try:
        async with asyncio.timeout(WITHIN_S + 1):
            return CheckResult(ok=True, detail=await check())
    except TimeoutError:
        return CheckResult(ok=False, detail="no answer in time")
    except Exception as err:
        if as_problem(err) is None and not isinstance(err, MycoderError):
            raise
        return CheckResult(ok=False, detail=str(err))
