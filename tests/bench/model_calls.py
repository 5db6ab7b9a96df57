"""A fresh process asks a model through litellm: how long the first answer takes, and what is resident after many.

model_calls.py CALLS    with the provider's address and key in the environment; prints one JSON line
"""

import asyncio
import json
import sys
import time

from mycoderai.schemas.chat import Message, ModelRequest
from mycoderai.schemas.settings import Settings
from mycoderai.workers.model.providers import Models
from mycoderai.workers.model.recycle import rss_mb

MODELS = ("openai/test", "anthropic/claude-sonnet-4-5")


async def main(calls: int) -> None:
    models = Models(Settings())
    seconds = [await _timed(models, number) for number in range(calls)]
    print(json.dumps({"seconds": seconds, "rss_mb": rss_mb()}))
    await models.close()


async def _timed(models: Models, number: int) -> float:
    message = Message(role="user", content="Fix the tests.")
    request = ModelRequest(
        call=f"1-{number}",
        run="run",
        step="main",
        model=MODELS[number % len(MODELS)],
        messages=(message,),
        seconds_left=60.0,
    )
    began = time.monotonic()
    await models.answer(request)
    return time.monotonic() - began


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
