"""The broker: streams, the copies into the work queue, direct gets, live copies. One thread of time, no lies."""

import json
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mycoderai.broker import topology
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS
from tests.sim.loop import SimLoop
from tests.sim.queue import Trace, WorkQueue
from tests.sim.streams import Refused, Stored, Stream, Transform, matcher
from tests.sim.wire import Msg, Weather

if TYPE_CHECKING:
    from tests.sim.client import Client

SOURCE = "Nats-Stream-Source"
_UNKNOWN = "not modelled: {}"


class Server:
    """What the declared topology says it keeps, it keeps; `receive` is what arrives on a connection."""

    def __init__(self, loop: SimLoop, rng: random.Random, settings: Settings, weather: Weather, trace: Trace) -> None:
        self.loop = loop
        self.weather = weather
        self.trace = trace
        self.clients: dict[str, Client] = {}
        self.down = False
        self.replicated = weather.stale_s > 0
        self._rng = rng
        declared = list(topology.streams(settings))
        self.streams = {config["name"]: Stream(config["name"], config.get("subjects", [])) for config in declared}
        self._republish = [config["republish"] for config in declared if "republish" in config]
        self._captures = [(matcher(pattern), stream) for stream in self.streams.values() for pattern in stream.subjects]
        self.commands = self.streams[COMMANDS]
        self.queues = {
            config["durable_name"]: WorkQueue(loop, self.commands, config, self._send, trace)
            for config in topology.consumers(settings)
        }
        sources = next(config["sources"] for config in declared if config["name"] == COMMANDS)
        self.sources = {source["name"]: Source(self, source) for source in sources}

    def receive(self, client: "Client", subject: str, payload: bytes, reply: str, headers: dict[str, str]) -> None:
        if subject.startswith("$JS.ACK."):
            tokens = subject.split(".")
            self.trace("answer", client.name, tokens[3], int(tokens[5]), payload.decode())
            self.queues[tokens[3]].answer(int(tokens[5]), payload)
            self.publish(subject, payload, headers)
        elif subject.startswith("$JS.API."):
            self._api(subject.split(".", 2)[2], payload, reply)
        elif subject == "PING":
            self._send(reply, reply, b"", {})
        elif stream := self._captured(subject):
            self._append(client, stream, subject, payload, reply, headers)
        else:
            self.publish(subject, payload, headers)

    def publish(self, subject: str, payload: bytes, headers: dict[str, str]) -> None:
        """Core NATS: to whoever listens now."""
        for client in self.clients.values():
            for subscription in client.wants(subject):
                client.copy(subscription, Msg(subject, payload, headers))

    def forget(self, client: "Client") -> None:
        """Its connection is gone, and with it its pulls."""
        self.forget_pulls(f"_INBOX.{client.name}.")

    def forget_pulls(self, inbox_prefix: str) -> None:
        for queue in self.queues.values():
            queue.forget_pulls(inbox_prefix)

    def restart(self) -> None:
        """Streams and consumers are as they were; pulls, message ids of what was consumed, and a few copies into the
        derived queue are not: those are made again, whether they were carried out or not."""
        for stream in self.streams.values():
            stream.forget_consumed_ids()
        for source in self.sources.values():
            source.rewind(self._rng.randrange(4))
        for queue in self.queues.values():
            queue.restart()

    def _captured(self, subject: str) -> Stream | None:
        return next((stream for matches, stream in self._captures if matches(subject)), None)

    def _append(
        self, client: "Client", stream: Stream, subject: str, payload: bytes, reply: str, headers: dict[str, str]
    ) -> None:
        try:
            seq, known = stream.append(subject, payload, headers, self.loop.time())
        except Refused as err:
            self.trace("refuse", client.name, subject, str(err))
            self._answer(reply, {"error": {"code": 400, "err_code": err.code, "description": str(err)}})
            return
        self.trace("known" if known else "store", client.name, seq, subject)
        self._answer(reply, {"stream": stream.name, "seq": seq} | ({"duplicate": True} if known else {}))
        if not known:
            self._stored(stream, stream.messages[seq])

    def _stored(self, stream: Stream, message: Stored) -> None:
        for rule in self._republish:
            if matcher(rule["src"])(message.subject):
                copy = rule["dest"].removesuffix(">") + message.subject[len(rule["src"]) - 1 :]
                self.publish(copy, message.data, _described(stream, message))
        if stream.name in self.sources:
            self.sources[stream.name].wake()

    def _api(self, verb: str, payload: bytes, reply: str) -> None:
        if verb.startswith("CONSUMER.MSG.NEXT."):
            self.queues[verb.split(".")[4]].pull(reply, json.loads(payload))
        elif verb.startswith("DIRECT.GET."):
            _, _, name, *rest = verb.split(".", 3)
            self._direct(self.streams[name], rest[0] if rest else "", payload, reply)
        elif verb.startswith("CONSUMER.NAMES."):
            names = list(self.queues)
            self._answer(reply, {"consumers": names, "total": len(names)})
        elif verb.startswith("CONSUMER.LIST."):
            standings = [queue.standing() for queue in self.queues.values()]
            self._answer(reply, {"consumers": standings, "total": len(standings)})
        elif verb.startswith("STREAM.INFO."):
            self._answer(reply, self.streams[verb.split(".")[2]].info())
        elif verb.startswith("STREAM.MSG.GET."):
            self._get(self.streams[verb.split(".")[3]], json.loads(payload), reply)
        elif verb.startswith("STREAM.MSG.DELETE."):
            self._delete(self.streams[verb.split(".")[3]], json.loads(payload)["seq"], reply)
        else:
            raise AssertionError(_UNKNOWN.format(verb))

    def _get(self, stream: Stream, request: dict[str, Any], reply: str) -> None:
        """From the leader, which holds everything."""
        if "last_by_subj" in request:
            found = stream.last(request["last_by_subj"])
        else:
            found = next(stream.read(request["next_by_subj"], request["seq"], stream.last_seq), None)
        self._answer(reply, {"message": found.as_json()} if found else {"error": {"code": 404, "err_code": 10037}})

    def _delete(self, stream: Stream, seq: int, reply: str) -> None:
        found = stream.messages.pop(seq, None)
        self.trace("delete", stream.name, seq)
        if stream is self.commands:
            for queue in self.queues.values():
                queue.forget(seq)
        self._answer(reply, {"success": True} if found else {"error": {"code": 400, "err_code": 10057}})

    def _direct(self, stream: Stream, subject: str, payload: bytes, reply: str) -> None:
        up_to = stream.last_seq
        if self.weather.stale_s:
            up_to = stream.seen_by_replica(self.loop.time() - self._rng.random() * self.weather.stale_s)
        if subject:
            last = stream.last(subject, up_to)
            found = [last] if last else []
        else:
            request = json.loads(payload)
            if "multi_last" in request:
                found = [last for wanted in request["multi_last"] if (last := stream.last(wanted, up_to))]
                self._send(reply, reply, b"", {} if found else {"Status": "404"})
                return
            assert request.keys() <= {"seq", "batch", "next_by_subj", "max_bytes"}, _UNKNOWN.format(request)
            found = list(stream.read(request.get("next_by_subj", ""), request["seq"], up_to))
        if not found:
            self._send(reply, reply, b"", {"Status": "404"})
            return
        if subject:
            self._send(reply, reply, found[0].data, _described(stream, found[0]))
            return
        before, pending = 0, len(found)
        for message in found[: request["batch"]]:
            pending -= 1
            more = {"Nats-Last-Sequence": str(before), "Nats-Num-Pending": str(pending)}
            self._send(reply, reply, message.data, _described(stream, message) | more)
            before = message.seq
        end = {"Status": "204", "Nats-Num-Pending": str(pending), "Nats-Last-Sequence": str(before)}
        self._send(reply, reply, b"", end)

    def _answer(self, reply: str, answer: dict[str, Any]) -> None:
        if reply:
            self._send(reply, reply, json.dumps(answer).encode(), {})

    def _send(self, inbox: str, subject: str, payload: bytes, headers: dict[str, str]) -> None:
        if client := self.clients.get(inbox.split(".")[1]):
            client.deliver(inbox, Msg(subject, payload, headers))


class Source:
    """Copies one event stream into the work queue: in order, late, and again from a little earlier after a restart."""

    def __init__(self, server: Server, declared: dict[str, Any]) -> None:
        self._server = server
        self._stream = server.streams[declared["name"]]
        self._transforms = [Transform(rule) for rule in declared["subject_transforms"]]
        self._copied = 0
        self._asleep = True
        self.stalled_until = 0.0

    @property
    def behind(self) -> int:
        return self._stream.last_seq - self._copied

    def wake(self) -> None:
        if self._asleep:
            self._asleep = False
            loop = self._server.loop
            loop.at(max(self.stalled_until, loop.time() + self._server.weather.latency_s * 0.1), self._copy)

    def rewind(self, count: int) -> None:
        self._copied = max(0, self._copied - count)
        self.wake()

    def _copy(self) -> None:
        self._asleep = True
        while self.behind and not self._server.down:
            self._copied += 1
            message = self._stream.messages[self._copied]
            copies: list[Callable[[str], str]] = [rule.of for rule in self._transforms]
            if dest := next((name for copy in copies if (name := copy(message.subject))), ""):
                self._take(message, dest)

    def _take(self, message: Stored, dest: str) -> None:
        server = self._server
        headers = {SOURCE: f"{self._stream.name} {message.seq} > > {message.subject}"}
        seq, _ = server.commands.append(dest, message.data, headers, server.loop.time())
        for queue in server.queues.values():
            queue.offer(seq, dest)


def _described(stream: Stream, message: Stored) -> dict[str, str]:
    described = {
        "Nats-Stream": stream.name,
        "Nats-Subject": message.subject,
        "Nats-Sequence": str(message.seq),
        "Nats-Time-Stamp": message.time,
    }
    return message.headers | described
