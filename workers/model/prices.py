"""What a model's tokens cost, as far as it is known before a call."""

from mycoderai.workers.core.price import FREE, Price
from mycoderai.workers.model import repair, scripted


async def price_of(model: str) -> Price | None:
    """None where no price is known, which is not the same as free."""
    if model == repair.NAME or model.startswith(scripted.PREFIX):
        return FREE
    return None
