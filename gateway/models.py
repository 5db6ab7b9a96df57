"""Which models a person may want to choose."""

from mycoderai.gateway.memory import Memory
from mycoderai.schemas.errors import ServiceLost
from mycoderai.schemas.memory import Costs, CostTable
from mycoderai.schemas.settings import Settings

OFFLINE = "offline/repair"
MOST = 50
_WITHIN_S = 1.0


async def suggested_models(memory: Memory, settings: Settings) -> tuple[str, ...]:
    """The default first, then those named in the settings, those that runs paid most for, and the one without a key."""
    named = (settings.model, *settings.models, *settings.prices, *settings.text_tool_models)
    return tuple(dict.fromkeys([*named, *await _used(memory), OFFLINE]))[:MOST]


async def _used(memory: Memory) -> list[str]:
    """None while memory is away: a suggestion is not worth a refusal."""
    try:
        table = await memory.ask(Costs(by="model"), CostTable, _WITHIN_S)
    except ServiceLost:
        return []
    return [line.key for line in table.lines]
