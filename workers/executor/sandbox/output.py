"""Keep the two ends of an output of any length in bounded memory."""


class HeadAndTail:
    """Collects chunks and keeps the first and the last half of `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._head_room = limit // 2
        self._tail_room = limit - limit // 2
        self._head = bytearray()
        self._tail = bytearray()
        self.size = 0

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        missing = self._head_room - len(self._head)
        self._head += chunk[:missing]
        self._tail += chunk[missing:]
        # Cutting the front of a bytearray moves its start and copies nothing.
        del self._tail[: max(0, len(self._tail) - self._tail_room)]

    def joined(self) -> bytes:
        """Everything, or head and tail with a line between them that says how much is missing."""
        left_out = self.size - len(self._head) - len(self._tail)
        if left_out == 0:
            return bytes(self._head + self._tail)
        return b"%s\n[... %d bytes left out ...]\n%s" % (self._head, left_out, self._tail)
