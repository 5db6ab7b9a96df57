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
from mycoderai.workers.model.providers import Models

PORT, USD = int(sys.argv[1]), float(sys.argv[2])


class EndpointModels(Models):
    async def price_of(self, model: str) -> Price:
        return Price(call=USD)

    async def answer(self, request: ModelRequest, *_: object) -> ModelAnswer:
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(f"{request.run}.{request.step}.{request.call}\n".encode())
        cost = float(await reader.readline())
        writer.close()
        return ModelAnswer(message=Message(role="assistant"), usage=Usage(cost_usd=cost))


async def main() -> None:
    worker.Models = EndpointModels  # type: ignore[misc]
    settings, _ = load(os.environ)
    await worker.run_worker(settings, asyncio.Event(), lambda: print("ready", flush=True))


if __name__ == "__main__":
    asyncio.run(main())
