"""How far each stream has been applied, for those who wait for it."""

import asyncio


class Applied:
    def __init__(self) -> None:
        self._seqs: dict[str, int] = {}
        self._moved = asyncio.Event()

    def move(self, stream: str, seq: int) -> None:
        self._seqs[stream] = seq
        self._moved.set()
        self._moved = asyncio.Event()

    def of(self, stream: str) -> int:
        return self._seqs.get(stream, 0)

    @property
    def total(self) -> int:
        """Over all streams."""
        return sum(self._seqs.values())

    async def total_reached(self, seq: int) -> None:
        while self.total < seq:
            await self._moved.wait()

    async def reached(self, stream: str, seq: int, within_s: float) -> bool:
        if self.of(stream) >= seq or stream not in self._seqs:
            return self.of(stream) >= seq
        try:
            async with asyncio.timeout(within_s):
                while self.of(stream) < seq:
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True
