"""The AsyncAPI document as a judge of what is really said."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jsonschema import Draft202012Validator
from nats.aio.msg import Msg
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from mycoderai.broker.request import STATUS

DOCUMENT = json.loads((Path(__file__).parents[2] / "gateway" / "documents" / "asyncapi.json").read_text())
_REGISTRY: Registry[Any] = Registry().with_resource("document", Resource(DOCUMENT, DRAFT202012))
_SAID = {"done": "reply", "refused": "refusal"}


class Channel(NamedTuple):
    name: str
    address: re.Pattern[str]

    def fits(self, message: str, payload: bytes | object) -> bool:
        """Whether the payload, JSON still encoded or not, is what the document says of that message."""
        if "payload" not in DOCUMENT["channels"][self.name]["messages"][message]:
            return True
        said = json.loads(payload) if isinstance(payload, bytes) else payload
        place = "/".join(quote(part) for part in ("channels", self.name, "messages", message, "payload"))
        return Draft202012Validator({"$ref": f"document#/{place}"}, registry=_REGISTRY).is_valid(said)


def _channels() -> Iterator[Channel]:
    for name, channel in DOCUMENT["channels"].items():
        if channel["address"]:
            pattern = re.escape(channel["address"]).replace(r"\{", "{").replace(r"\}", "}").replace(r"\-", "-")
            pattern = re.sub(r"{[\w-]+}", "[^.]+", pattern).replace(">", ".+")
            yield Channel(name, re.compile(pattern))


CHANNELS = tuple(_channels())


class Judge:
    """Takes every message that is heard; `wrong` holds those that the document does not know."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        """Names of channels, and `.replies` of them."""
        self.wrong: list[str] = []
        self._asked: dict[str, list[str]] = {}
        """By inbox, the channels that the request may have been on."""

    def hear(self, msg: Msg) -> None:
        if msg.subject.startswith("_INBOX."):
            return self._hear_reply(msg)
        fitting = [
            channel.name
            for channel in CHANNELS
            if channel.address.fullmatch(msg.subject)
            for message in DOCUMENT["channels"][channel.name]["messages"]
            if channel.fits(message, msg.data)
        ]
        if msg.subject.startswith("svc."):
            self._asked[msg.reply] = fitting
        self._note(fitting, f"{msg.subject} {msg.data[:500]!r}")
        return None

    def hear_socket(self, event: str, message: str, payload: object) -> None:
        name = f"socket.{event}"
        known = any(channel.name == name and channel.fits(message, payload) for channel in CHANNELS)
        self._note([f"{name}.{message}"] if known else [], f"{event} {message} {payload!r:.500}")

    def _hear_reply(self, msg: Msg) -> None:
        said = _SAID.get((msg.headers or {}).get(STATUS, ""))
        if said and msg.subject in self._asked:
            names = [f"{name}.replies" for name in self._asked[msg.subject]]
            fitting = [name for name in names if Channel(name, re.compile("")).fits(said, msg.data)]
            self._note(fitting, f"the {said} to {names}: {msg.data[:500]!r}")

    def _note(self, fitting: list[str], what: str) -> None:
        self.seen.update(fitting)
        if not fitting:
            self.wrong.append(what)
