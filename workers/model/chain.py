"""The one owner of retries: asks a model again while its trouble may pass, then the fallbacks in order."""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import msgspec
import structlog

from mycoderai.schemas.chat import ModelAnswer, ModelRequest
from mycoderai.schemas.errors import RefusedError
from mycoderai.schemas.failure import Failure, FailureCode, failure
from mycoderai.workers.model.faults import CODES, PASSING, ProviderFault
from mycoderai.workers.model.policy import Policy
from mycoderai.workers.model.redact import redact

Result = TypeVar("Result")
Ask = Callable[[ModelRequest], Awaitable[ModelAnswer]]
_FINAL = {FailureCode.CONTEXT_OVERFLOW, FailureCode.CANCELLED}
"""Another model is no answer to these."""
log = structlog.get_logger()


async def answer(request: ModelRequest, ask: Ask, policy: Policy) -> ModelAnswer:
    """The first answer any of the request's models gives. Raises RefusedError when none does in time."""
    failures: list[Failure] = []
    try:
        async with asyncio.timeout(max(0.0, min(request.seconds_left, policy.total_s))):
            for asked, is_last in _one_by_one(request):
                patience_s = policy.patience_s if is_last else policy.patience_with_fallback_s
                try:
                    given = await _with_retries(asked, ask, policy, patience_s)
                    return msgspec.structs.replace(given, model=asked.model)
                except RefusedError as err:
                    failures.append(err.failure)
                    if err.failure.code in _FINAL:
                        raise
                log.warning("model.given_up", model=asked.model, code=failures[-1].code, error=failures[-1].message)
    except TimeoutError as err:
        raise RefusedError(_out_of_time(request, policy)) from err
    raise RefusedError(_together(failures))


def _one_by_one(request: ModelRequest) -> Iterator[tuple[ModelRequest, bool]]:
    """The request to each model, and whether it is the last one."""
    models = list(dict.fromkeys((request.model, *request.fallbacks)))
    for model in models:
        yield msgspec.structs.replace(request, model=model, fallbacks=()), model == models[-1]


async def _with_retries(asked: ModelRequest, ask: Ask, policy: Policy, patience_s: float) -> ModelAnswer:
    clock = asyncio.get_running_loop().time
    failures, gives_up = 0, 0.0
    while True:
        try:
            return await ask(asked)
        except ProviderFault as err:
            failures += 1
            gives_up = gives_up or clock() + patience_s
            pause_s = policy.pause_s(failures, err.retry_after_s, random.random())  # noqa: S311
            if err.kind not in PASSING or clock() + pause_s > gives_up:
                raise RefusedError(_failure(asked.model, err, failures)) from err
            told = {"kind": err.kind, "pause_s": round(pause_s, 2), "error": redact(err.message, os.environ)}
            log.info("model.retry", model=asked.model, failures=failures, **told)
        await asyncio.sleep(pause_s)


def _failure(model: str, fault: ProviderFault, failures: int) -> Failure:
    tries = f" (asked {failures} times)" if failures > 1 else ""
    message = f"{model}: {redact(fault.message, os.environ)}{tries}"
    return failure(CODES[fault.kind], message)


def _together(failures: list[Failure]) -> Failure:
    """The model that was asked for gives the code, each of them a sentence."""
    first, *others = failures
    return msgspec.structs.replace(first, message="; ".join(one.message for one in (first, *others)))


def _out_of_time(request: ModelRequest, policy: Policy) -> Failure:
    if request.seconds_left <= policy.total_s:
        return failure(FailureCode.OUT_OF_TIME, f"{request.model} did not answer in the time the step had left.")
    return failure(
        FailureCode.MODEL_UNAVAILABLE, f"{request.model} did not answer within {policy.total_s:.0f} seconds."
    )
