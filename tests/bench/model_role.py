"""The model role with litellm in it: from the first request to its answer, import included, and what is resident after
many calls of two providers. The provider is a server on loopback that answers at once."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from figure import Figure
from harness import HERE

sys.path.append(str(Path(__file__).parents[1] / "integration"))
from model_server import Answer, ModelServer

COUNT = 5
CALLS = 100
FIRST_REACH_S = 6.0
RSS_REACH_MB = 350.0


def measure() -> Iterator[Figure]:
    seen = [asyncio.run(_calls()) for _ in range(COUNT)]
    first = [one["seconds"][0] for one in seen]
    later = [1000 * seconds for one in seen for seconds in one["seconds"][2:]]
    yield Figure(name="model role: import to first answer", unit="s", samples=first, reach=FIRST_REACH_S)
    yield Figure(
        name=f"model role: RSS after {CALLS} calls", unit="MB", samples=[s["rss_mb"] for s in seen], reach=RSS_REACH_MB
    )
    yield Figure(name="model role: one streamed call of 50 pieces", unit="ms", samples=later)


async def _calls() -> dict[str, Any]:
    async with ModelServer() as server:
        server.otherwise = Answer(text="x" * 50, piece=1)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(HERE / "model_calls.py"),
            str(CALLS),
            env={**os.environ, **server.environment},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the calls ended with {process.returncode}")
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found
