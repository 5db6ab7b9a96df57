"""Which program answers for a model name, and how it is asked."""

from collections.abc import Awaitable, Callable

import msgspec

from mycoderai.schemas.chat import ModelAnswer, ModelRequest
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.settings import Settings
from mycoderai.workers.core.price import Price
from mycoderai.workers.model import chain, repair, scripted
from mycoderai.workers.model.chain import Ask
from mycoderai.workers.model.litellm_provider import LitellmProvider, Tell, unknown_model
from mycoderai.workers.model.litellm_thread import LitellmThread
from mycoderai.workers.model.policy import Policy
from mycoderai.workers.model.prices import Prices

Provider = Callable[[ModelRequest, Tell], Awaitable[ModelAnswer]]
OFFLINE = "offline/"


class Models:
    """Every model a request can name. One value for the process: litellm is loaded once, at the first call of it."""

    def __init__(self, settings: Settings, policy: Policy | None = None, thread: LitellmThread | None = None) -> None:
        self._policy = policy or Policy()
        self._thread = thread or LitellmThread()
        self._prices = Prices(self._thread, settings.prices)
        self._own = settings.models
        self._litellm = LitellmProvider(self._thread, self._prices, self._policy, settings)

    async def answer(
        self, request: ModelRequest, tell: Tell = lambda _: None, covering: Callable[[Ask], Ask] = lambda ask: ask
    ) -> ModelAnswer:
        """From the model asked for, else from its fallbacks, each with retries. `tell` hears text as it comes;
        `covering` sees to the money of each request.

        Raises RefusedError when none answers in the time there is.
        """

        async def ask(asked: ModelRequest) -> ModelAnswer:
            return self._with_window(asked.model, await self._provider_of(asked.model)(asked, tell))

        return await chain.answer(request, covering(ask), self._policy)

    async def price_of(self, model: str) -> Price | None:
        """None where no price is known, which is not the same as free."""
        return await self._prices.price_of(model)

    async def close(self) -> None:
        await self._thread.close()

    def _with_window(self, model: str, answer: ModelAnswer) -> ModelAnswer:
        own = self._own.get(model)
        if own is None or not own.context_window:
            return answer
        usage = msgspec.structs.replace(answer.usage, context_window=own.context_window)
        return msgspec.structs.replace(answer, usage=usage)

    def _provider_of(self, model: str) -> Provider:
        """Raises RefusedError for a model nobody here can call."""
        if model.startswith(scripted.PREFIX):
            return _untold(scripted.answer)
        if model == repair.NAME:
            return _untold(repair.answer)
        provider, _, name = model.partition("/")
        if provider and name and not model.startswith(OFFLINE):
            return self._litellm.answer
        raise RefusedError(unknown_model(model))


def _untold(answer: Callable[[ModelRequest], Awaitable[ModelAnswer]]) -> Provider:
    return lambda request, _: answer(request)
