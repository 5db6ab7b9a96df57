"""A model worker whose only provider is an endpoint of the tests; run as a program.

budget_worker.py PORT USD    every call reserves USD dollars and costs what the endpoint says
"""

import asyncio
import os
import sys

from mycoderai.schemas.chat import Message, ModelAnswer, ModelRequest, Usage
from mycoderai.schemas.settings import load
from mycoderai.workers.core.price import Price
from mycoderai.workers.model import worker


async def main(port: int, usd: float) -> None:
    async def answer(request: ModelRequest) -> ModelAnswer:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{request.run}.{request.step}.{request.call}\n".encode())
        cost = float(await reader.readline())
        writer.close()
        return ModelAnswer(message=Message(role="assistant"), usage=Usage(cost_usd=cost))

    async def price_of(_: str) -> Price:
        return Price(call=usd)

    worker.provider_of = lambda _: answer  # type: ignore[assignment]
    worker.price_of = price_of
    settings, _ = load(os.environ)
    await worker.run_worker(settings, asyncio.Event(), lambda: print("ready", flush=True))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
