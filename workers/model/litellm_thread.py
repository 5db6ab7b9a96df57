"""litellm in a thread with an event loop of its own, from the first call on.

Importing it takes seconds and 150 MB, and some of its providers make blocking requests in the middle of a call; the
service's loop must go on beating meanwhile.
"""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from mycoderai.broker.tasks import end
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import FailureCode, failure
from mycoderai.workers.model import tolerant_http

Result = TypeVar("Result")
Work = Callable[[Any], Coroutine[Any, Any, Result]]
"""Takes the module litellm."""


class LitellmThread:
    def __init__(self) -> None:
        self._started: Future[tuple[Any, asyncio.AbstractEventLoop]] | None = None

    async def run(self, work: Work[Result]) -> Result:
        """What the work returns; cancelling the caller cancels it. Raises RefusedError where there is no litellm."""
        if self._started is None:
            self._started = Future()
            threading.Thread(target=_live, args=(self._started,), name="litellm", daemon=True).start()
        try:
            litellm, loop = await asyncio.shield(asyncio.wrap_future(self._started))
        except ImportError as err:
            raise RefusedError(failure(FailureCode.MODEL_ERROR, f"litellm: {err}", "pip install litellm")) from err
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_until_ended(work(litellm)), loop))

    async def close(self) -> None:
        """Close what connections are kept open. The thread ends with the process."""
        if self._started is not None:
            await self.run(lambda litellm: litellm.close_litellm_async_clients())


async def _until_ended(work: Coroutine[Any, Any, Result]) -> Result:
    """Cancelled until it is so: somewhere below, a cancellation that comes together with an answer gets lost."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    finally:
        await end([] if task.done() else [task])
    return task.result()


def _live(started: "Future[tuple[Any, asyncio.AbstractEventLoop]]") -> None:
    try:
        litellm = _litellm()
    except ImportError as err:
        started.set_exception(err)
        return
    loop = asyncio.new_event_loop()
    loop.call_soon(started.set_result, (litellm, loop))
    loop.run_forever()


def _litellm() -> Any:
    # Before the import: it would fetch a price list over the network, and read the .env of whatever is around.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    for kept_out in [
        name for name, module in sys.modules.items() if name in ("aiohttp", "requests") and module is None
    ]:
        del sys.modules[kept_out]  # kept out where the gateway lives in the same process
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.aclient_session = tolerant_http.client()
    litellm.disable_token_counter = True  # loading a tokenizer takes 100 MB; what is not reported is estimated
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they quote requests and keys; errors are raised anyway
    return litellm
