"""Which models a person may want to choose."""

from mycoderai.gateway.memory import Memory
from mycoderai.schemas.memory import Costs, CostTable
from mycoderai.schemas.settings import Settings

OFFLINE = "offline/repair"
MOST = 50


async def suggested_models(memory: Memory, settings: Settings) -> tuple[str, ...]:
    """The default first, then those named in the settings, those that runs paid most for, and the one without a key."""
    used = await memory.ask(Costs(by="model"), CostTable)
    named = (settings.model, *settings.models, *settings.prices, *settings.text_tool_models)
    return tuple(dict.fromkeys([*named, *(line.key for line in used.lines), OFFLINE]))[:MOST]
