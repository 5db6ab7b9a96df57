"""How much of what the model was sent for one turn stands, byte for byte, at the beginning of what it is sent for the
next: providers keep beginnings they have seen, and bill them at a tenth.

Twenty turns of a real fleet against a provider on loopback that keeps the bodies as they came. Compared are the
messages up to the end of the last one; all else of the body, the tools above all, must not change at all. The marks
that tell Anthropic up to where to keep a prompt move on with the turns and are no part of it: they are taken out first.
"""

import asyncio
import json
import os
from collections.abc import Iterator
from itertools import pairwise

from figure import Figure
from team import many_files, team

from mycoderai.schemas.events import RunSubmitted

from model_server import Answer, Call, ModelServer, Request  # isort: skip  (team.py says where it is)

MODELS = {"OpenAI": "openai/test", "Anthropic": "anthropic/claude-sonnet-4-5"}
TURNS = 20
MARK = ', "cache_control": {"type": "ephemeral"}'


def measure() -> Iterator[Figure]:
    for provider, model in MODELS.items():
        samples = asyncio.run(_shares(model))
        yield Figure(
            name=f"turn's prompt that begins with all of the last one's, {provider}",
            unit="%",
            samples=samples,
            reach=100.0,
            at_least=True,
        )


async def _shares(model: str) -> list[float]:
    async with ModelServer() as server:
        server.otherwise = _answer
        os.environ |= server.environment
        try:
            async with team("process") as here:
                repository = await here.repository(many_files(50))
                log = await here.running.submit(
                    RunSubmitted(task="Look around.", repository=repository, model=model, submitted_by="bench")
                )
                await here.running.finished(log)
        finally:
            for name in server.environment:
                os.environ.pop(name)
        if len(server.requests) != TURNS:
            raise RuntimeError(f"the model was asked {len(server.requests)} times")
        return [_share(_unmarked(before), _unmarked(after)) for before, after in pairwise(server.requests)]


def _answer(request: Request) -> Answer:
    if request.number == TURNS:
        return Answer(calls=(Call(name="give_up", arguments={"code": "beyond_model", "reason": "It was to be."}),))
    command = f"tail -n {request.number} package/part_0/module_{request.number}.py"
    return Answer(text=f"Füge {request.number} an.", calls=(Call(name="bash", arguments={"command": command}),))


def _unmarked(request: Request) -> str:
    return request.raw.decode().replace(MARK, "")


def _share(before: str, after: str) -> float:
    """Per cent of the characters of `before`; 0 when anything but the messages is another."""
    (rest, messages), (rest_now, messages_now) = _parts(before), _parts(after)
    if rest != rest_now:
        return 0.0
    whole = messages.removesuffix("]")
    same = next((at for at, (one, two) in enumerate(zip(whole, messages_now, strict=False)) if one != two), len(whole))
    return 100 * same / len(whole)


def _parts(body: str) -> tuple[str, str]:
    """All but the messages, and the messages, as they stand in the text."""
    start = body.index('"messages":') + len('"messages":')
    start += len(body[start:]) - len(body[start:].lstrip())
    _, end = json.JSONDecoder().raw_decode(body, start)
    return body[:start] + body[end:], body[start:end]
