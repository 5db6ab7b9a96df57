"""The AsyncAPI document: every subject of the broker and every event of Socket.IO, from the structs."""

import json
import re
from importlib.metadata import version
from typing import Any

from docs_messages import SERVICES_ASKED, Service, event_subjects, meaning, writers
from docs_schema import components
from docs_sockets import SOCKET_EVENTS, SocketEvent
from docs_subjects import SUBJECTS, Subject

from mycoderai.broker.credentials import ADMIN
from mycoderai.broker.request import STATUS
from mycoderai.schemas.events import Event
from mycoderai.schemas.failure import Failure
from mycoderai.schemas.web.problem import ProblemReply

NATS, SOCKETS = "nats", "gateway"


def document() -> str:
    events = event_subjects()
    types = [
        *(event for _, _, event in events),
        *(type_ for service in SERVICES_ASKED for type_ in (service.request, service.reply) if type_),
        *(type_ for one in SOCKET_EVENTS for type_ in (one.payload, *one.ack)),
        *(one.payload for one in SUBJECTS if one.payload),
        Failure,
        ProblemReply,
    ]
    schemas, named = _with_plain_discriminators(components(types))
    payloads = dict(zip(map(id, types), schemas, strict=True))
    parts = [
        *(_event(subject, real, event, payloads) for subject, real, event in events),
        *(_service(service, payloads) for service in SERVICES_ASKED),
        *(_subject(one, payloads) for one in SUBJECTS),
        *(_socket_event(one, payloads) for one in SOCKET_EVENTS),
    ]
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for own_channels, own_operations in parts:
        for name, channel in own_channels.items():
            known = channels.setdefault(name, channel)
            known["messages"] = {**known["messages"], **channel["messages"]}
        operations |= own_operations
    return json.dumps(_whole(channels, operations, named), indent=1, ensure_ascii=False) + "\n"


def _with_plain_discriminators(schema: Any) -> Any:
    """AsyncAPI names the property alone, where OpenAPI has an object with a mapping."""
    match schema:
        case dict():
            found = schema.get("discriminator")
            plain = {"discriminator": found["propertyName"]} if isinstance(found, dict) and "mapping" in found else {}
            return {key: _with_plain_discriminators(value) for key, value in schema.items()} | plain
        case list() | tuple():
            return [_with_plain_discriminators(item) for item in schema]
    return schema


def _whole(channels: dict[str, Any], operations: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "MyCoderAI",
            "version": version("mycoderai"),
            "description": "What the fleet says on NATS, and what the gateway and browsers say over Socket.IO.",
        },
        "servers": {
            NATS: {"host": "127.0.0.1:4222", "protocol": "nats", "description": "The broker; one user per role."},
            SOCKETS: {"host": "127.0.0.1:8730", "protocol": "ws", "description": "Socket.IO, default namespace."},
        },
        "defaultContentType": "application/json",
        "channels": dict(sorted(channels.items())),
        "operations": dict(sorted(operations.items())),
        "components": {"schemas": named},
    }


def _event(
    subject: str, real: str, event: type[Event], payloads: dict[int, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    name = _id(str(event.__struct_config__.tag))
    message = {"name": event.__struct_config__.tag, "summary": meaning(event), "payload": payloads[id(event)]}
    operation = {
        "action": "send",
        "channel": _to(name),
        "summary": f"Written by {writers(real)}.",
        "messages": [_message(name, event.__name__)],
    }
    return {name: _channel(NATS, subject, {event.__name__: message})}, {f"{name}.write": operation}


def _service(service: Service, payloads: dict[int, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A request, and its reply on the inbox that the request names."""
    name = _id(f"{service.subject}.{_name(service.request)}")
    messages = {"request": {"payload": payloads[id(service.request)]}, "reply": {}, "refusal": {}}
    if service.reply:
        messages["reply"] = {"payload": payloads[id(service.reply)]}
    messages["reply"]["summary"] = f"The header `{STATUS}` is `done`; before it, empty messages with `working`."
    messages["refusal"] = {"payload": payloads[id(Failure)], "summary": f"The header `{STATUS}` is `refused`."}
    answers = f"{name}.replies"
    asking = {
        "action": "send",
        "channel": _to(name),
        "summary": service.meaning,
        "description": f"Asked by {writers(service.example)}.",
        "messages": [_message(name, "request")],
        "reply": {
            "address": {"location": "$message.header#/reply", "description": "The request's reply subject."},
            "channel": _to(answers),
            "messages": [_message(answers, "reply"), _message(answers, "refusal")],
        },
    }
    channels = {
        name: _channel(NATS, service.subject, {"request": messages["request"]}),
        answers: {
            "address": None,
            "servers": [_server(NATS)],
            "messages": {k: messages[k] for k in ("reply", "refusal")},
        },
    }
    return channels, {f"{name}.ask": asking}


def _subject(one: Subject, payloads: dict[int, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    name = _id(one.shown.replace(".>", "").replace("$", ""))
    message = {"summary": one.meaning} | ({"payload": payloads[id(one.payload)]} if one.payload else {})
    operation = {
        "action": "send",
        "channel": _to(name),
        "summary": f"Written by {'the server' if one.copied_to else writers(one.example) or ADMIN}.",
        "messages": [_message(name, "message")],
    }
    return {name: _channel(NATS, one.shown, {"message": message})}, {f"{name}.write": operation}


def _socket_event(one: SocketEvent, payloads: dict[int, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    name = f"socket.{one.name}"
    messages = {"payload": {"name": one.name, "summary": one.meaning, "payload": payloads[id(one.payload)]}}
    operation: dict[str, Any] = {
        # As the gateway sees it.
        "action": "receive" if one.ack else "send",
        "channel": _to(name),
        "summary": one.meaning,
        "messages": [_message(name, "payload")],
    }
    if one.role:
        operation["description"] = f"Needs the role {one.role}."
    if one.ack:
        ok = {
            "type": "object",
            "required": ["ok", "data"],
            "properties": {"ok": {"const": True}, "data": {"anyOf": [payloads[id(type_)] for type_ in one.ack]}},
        }
        bad = {"allOf": [payloads[id(ProblemReply)], {"properties": {"ok": {"const": False}}, "required": ["ok"]}]}
        messages["ack"] = {"summary": "The acknowledgement.", "payload": {"oneOf": [ok, bad]}}
        operation["reply"] = {"channel": _to(name), "messages": [_message(name, "ack")]}
    return {name: _channel(SOCKETS, one.name, messages)}, {name: operation}


def _channel(server: str, address: str, messages: dict[str, Any]) -> dict[str, Any]:
    parameters = {name: {} for name in re.findall(r"<([\w-]+)>", address)}
    channel: dict[str, Any] = {
        "address": re.sub(r"<([\w-]+)>", r"{\1}", address),
        "servers": [_server(server)],
        "messages": messages,
    }
    return channel | ({"parameters": parameters} if parameters else {})


def _server(name: str) -> dict[str, str]:
    return {"$ref": f"#/servers/{name}"}


def _to(channel: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}"}


def _message(channel: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}/messages/{name}"}


def _name(type_: Any) -> str:
    return str(getattr(type_, "__name__", "")) or "-".join(one.__name__ for one in type_.__args__[:1])


def _id(text: str) -> str:
    """Fit for a key: letters, digits, `.`, `-` and `_`."""
    return re.sub(r"[^\w.-]", "", text)
