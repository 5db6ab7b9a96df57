"""What a model's tokens cost: as the settings say, else as litellm's list says, else unknown."""

from collections.abc import Mapping
from typing import Any

import msgspec

from mycoderai.schemas.chat import Usage
from mycoderai.workers.core.price import FREE, Price
from mycoderai.workers.model import repair, scripted
from mycoderai.workers.model.litellm_thread import LitellmThread

_MILLION = 1_000_000


class Prices:
    def __init__(self, thread: LitellmThread, own: Mapping[str, tuple[float, float]]) -> None:
        self._thread = thread
        self._own = own
        """US dollars for a million tokens read and written."""

    async def price_of(self, model: str) -> Price | None:
        """None where no price is known, which is not the same as free. Raises RefusedError without litellm."""
        if model == repair.NAME:
            return FREE
        if model.startswith(scripted.PREFIX):
            return Price(call=await scripted.dearest(model))
        if model in self._own:
            read, written = self._own[model]
            return Price(input=read / _MILLION, output=written / _MILLION)
        return await self._thread.run(lambda litellm: _listed(litellm, model)) if "/" in model else None

    def billed(self, litellm: Any, model: str, usage: Usage) -> Usage:
        """With its cost, as far as it is known."""
        return msgspec.structs.replace(usage, cost_usd=self._cost(litellm, model, usage))

    def _cost(self, litellm: Any, model: str, usage: Usage) -> float | None:
        if model in self._own:
            read, written = self._own[model]
            return (usage.input_tokens * read + usage.output_tokens * written) / _MILLION
        try:
            read, written = litellm.cost_per_token(
                model=model,
                prompt_tokens=usage.input_tokens,
                completion_tokens=usage.output_tokens,
                cache_read_input_tokens=usage.cached_tokens,
            )
        except Exception:  # noqa: BLE001 - it raises of many kinds what all means the same: not in the list
            return None
        return float(read + written)


async def _listed(litellm: Any, model: str) -> Price | None:
    if model.startswith("ollama"):
        return FREE
    entry = litellm.model_cost.get(model) or litellm.model_cost.get(model.partition("/")[2])
    if not entry or "input_cost_per_token" not in entry:
        return None

    def dearest(*names: str) -> float:
        rates = (float(value) for key, value in entry.items() if key.startswith(names) and _is_price(value))
        return max(rates, default=0.0)

    return Price(
        input=dearest("input_cost_per_token", "cache_creation_input_token_cost"),
        output=dearest("output_cost_per_token", "output_cost_per_reasoning_token"),
    )


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
