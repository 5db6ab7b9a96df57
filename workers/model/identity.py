"""What makes a model call the same one as another. Pure."""

import hashlib

import msgspec

from mycoderai.schemas.chat import ModelRequest


def fingerprint(request: ModelRequest) -> str:
    """Of the conversation: the same turn may be asked again with another history, when an executor was lost and a
    tool call answered differently; that is another call."""
    digest = hashlib.blake2b(digest_size=8)
    for message in request.messages:
        digest.update(f"{message.role}\0{message.content}\0{message.tool_call_id}\0".encode(errors="replace"))
        for call in message.tool_calls:
            digest.update(f"{call.id}\0{call.name}\0{call.arguments}\0".encode(errors="replace"))
        if message.reasoning:
            digest.update(msgspec.json.encode(message.reasoning))
    return digest.hexdigest()


def idempotency_key(request: ModelRequest) -> str:
    """For the provider: the same for each try of a call with one model."""
    model = hashlib.blake2b(request.model.encode(), digest_size=4).hexdigest()
    return f"{request.run}-{request.step}-{request.call}-{fingerprint(request)}-{model}"
