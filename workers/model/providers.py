"""Which program answers for a model name."""

from collections.abc import Awaitable, Callable

from mycoderai.schemas.chat import ModelAnswer, ModelRequest
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.workers.model import repair, scripted

Provider = Callable[[ModelRequest], Awaitable[ModelAnswer]]

PROVIDERS: dict[str, Provider] = {repair.NAME: repair.answer}


def provider_of(model: str) -> Provider:
    """Raises RefusedError for a model nobody here can call."""
    if model.startswith(scripted.PREFIX):
        return scripted.answer
    if model in PROVIDERS:
        return PROVIDERS[model]
    raise RefusedError(
        Failure(
            code=FailureCode.UNKNOWN_MODEL,
            message=f"There is no model {model!r}. Known models: {', '.join(PROVIDERS)}.",
            fix=f"mycoder run … --model {repair.NAME}",
        )
    )
