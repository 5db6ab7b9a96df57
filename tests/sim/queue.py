"""A durable consumer on the work queue, as measured: pulls wait their turn, a delivery without progress goes to
somebody else, and whoever knows a delivery's reply subject may end it, prolong it or hand it back."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

from tests.sim.loop import SimLoop
from tests.sim.streams import Stream, matcher

Send = Callable[[str, str, bytes, dict[str, str]], None]
"""Inbox, subject, payload, headers."""


class Pull:
    def __init__(self, inbox: str, batch: int) -> None:
        self.inbox = inbox
        self.left = batch
        self.over = False


class Pending:
    def __init__(self) -> None:
        self.count = 0
        self.due = 0.0
        self.waits = False
        """Handed back or given up; to be delivered again."""


class Trace(Protocol):
    def __call__(self, what: str, *fields: object) -> None: ...


class WorkQueue:
    def __init__(self, loop: SimLoop, stream: Stream, declared: dict[str, Any], send: Send, trace: Trace) -> None:
        self.name: str = declared["durable_name"]
        self._loop = loop
        self._stream = stream
        self._matches = matcher(declared["filter_subject"])
        self._ack_wait = declared["ack_wait"] / 1e9
        self.max_deliver = int(declared["max_deliver"])
        self._send = send
        self._trace = trace
        self._pulls: deque[Pull] = deque()
        self._fresh: deque[int] = deque()
        self._again: deque[int] = deque()
        self._delivered = 0
        self.pending: dict[int, Pending] = {}
        self.given_up: set[int] = set()
        """Delivered as often as allowed: they stay in the stream, and nobody gets them."""

    def offer(self, seq: int, subject: str) -> None:
        if self._matches(subject):
            self._fresh.append(seq)
            self._feed()

    def pull(self, inbox: str, request: dict[str, Any]) -> None:
        pull = Pull(inbox, request["batch"])
        self._pulls.append(pull)
        expires = self._loop.time() + request["expires"] / 1e9
        if beat := request.get("idle_heartbeat", 0) / 1e9:
            self._loop.after(beat, lambda: self._beat(pull, beat, expires))
        self._loop.at(expires, lambda: self._expire(pull))
        self._feed()

    def answer(self, seq: int, word: bytes) -> None:
        """Anybody's word on a delivery."""
        pending = self.pending.get(seq)
        if word.startswith((b"+ACK", b"+TERM")):
            self.pending.pop(seq, None)
            self.given_up.discard(seq)
            self._stream.messages.pop(seq, None)
        elif pending and word.startswith(b"+WPI"):
            pending.due = self._loop.time() + self._ack_wait
        elif pending and word.startswith(b"-NAK"):
            delay = json.loads(word[4:])["delay"] / 1e9 if len(word) > 4 else 0.0
            self._hand_back(seq, pending, delay)

    def standing(self) -> dict[str, Any]:
        """What the server counts. A command that was given up is not in it."""
        pending = sum(seq in self._stream.messages for seq in self._fresh)
        again = sum(one.count > 1 for one in self.pending.values())
        counts = {"num_pending": pending, "num_ack_pending": len(self.pending), "num_redelivered": again}
        ended = min(self.pending, default=self._delivered + 1) - 1
        return {
            "name": self.name,
            "delivered": {"stream_seq": self._delivered},
            "ack_floor": {"stream_seq": ended},
        } | counts

    def forget(self, seq: int) -> None:
        """The message was deleted."""
        self.pending.pop(seq, None)
        self.given_up.discard(seq)

    def forget_pulls(self, inbox_prefix: str = "") -> None:
        """A client, or all of them, went away."""
        for pull in self._pulls:
            pull.over = pull.over or pull.inbox.startswith(inbox_prefix)

    def restart(self) -> None:
        """Deliveries under way are not forgotten; their time begins anew."""
        self.forget_pulls()
        for seq, pending in self.pending.items():
            self._arm(seq, pending, self._ack_wait)

    def _hand_back(self, seq: int, pending: Pending, delay: float) -> None:
        self._arm(seq, pending, delay)
        if not delay:
            self._check(seq, pending)

    def _arm(self, seq: int, pending: Pending, delay: float) -> None:
        pending.due = self._loop.time() + delay
        self._loop.at(pending.due, lambda: self._check(seq, pending))

    def _check(self, seq: int, pending: Pending) -> None:
        if self.pending.get(seq) is not pending or pending.waits:
            return
        if pending.due > self._loop.time():
            self._loop.at(pending.due, lambda: self._check(seq, pending))
            return
        if pending.count >= self.max_deliver:
            del self.pending[seq]
            self.given_up.add(seq)
            self._trace("given up", self.name, seq)
            return
        pending.waits = True
        self._again.append(seq)
        self._feed()

    def _feed(self) -> None:
        while self._pulls and (seq := self._next()):
            while self._pulls and (self._pulls[0].over or not self._pulls[0].left):
                self._pulls.popleft().over = True
            if not self._pulls:
                self._again.appendleft(seq)
                return
            self._deliver(seq, self._pulls[0])

    def _next(self) -> int:
        for queue in (self._again, self._fresh):
            while queue:
                seq = queue.popleft()
                if seq in self._stream.messages and (queue is self._fresh or self._waits(seq)):
                    return seq
        return 0

    def _waits(self, seq: int) -> bool:
        return seq not in self.pending or self.pending[seq].waits

    def _deliver(self, seq: int, pull: Pull) -> None:
        message = self._stream.messages[seq]
        pending = self.pending.setdefault(seq, Pending())
        pending.count += 1
        self._delivered = max(self._delivered, seq)
        pending.waits = False
        pull.left -= 1
        if not pull.left:
            pull.over = True
        self._arm(seq, pending, self._ack_wait)
        self._trace("deliver", self.name, seq, pending.count, message.subject)
        reply = f"$JS.ACK.{self._stream.name}.{self.name}.{pending.count}.{seq}.{seq}.0.0"
        self._send(pull.inbox, message.subject, message.data, message.headers | {"reply": reply})

    def _beat(self, pull: Pull, every: float, expires: float) -> None:
        if not pull.over and self._loop.time() < expires:
            self._send(pull.inbox, pull.inbox, b"", {"Status": "100"})
            self._loop.after(every, lambda: self._beat(pull, every, expires))

    def _expire(self, pull: Pull) -> None:
        if not pull.over:
            pull.over = True
            self._send(pull.inbox, pull.inbox, b"", {"Status": "408"})
