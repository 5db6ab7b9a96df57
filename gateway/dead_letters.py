"""Finding dead letters, for the command line and for the page."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from nats.aio.client import Client

from mycoderai.broker.api import look_up
from mycoderai.broker.letters import Letter, letters
from mycoderai.schemas.subjects import DEAD


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters are meant."""

    seqs: frozenset[int] = frozenset()
    pool: str = ""
    run: str = ""
    """The beginning of an id."""
    reason: str = ""
    """In lower case."""
    older_s: float = 0.0

    @property
    def is_empty(self) -> bool:
        return self == Filter()

    def fits(self, found: Letter, now: datetime) -> bool:
        return (
            (not self.seqs or found.seq in self.seqs)
            and (not self.pool or found.pool == self.pool)
            and found.run.startswith(self.run)
            and self.reason in found.reason.lower()
            and (now - datetime.fromisoformat(found.time)).total_seconds() >= self.older_s
        )


async def find(nc: Client, wanted: Filter, after: int = 0, limit: int = 0) -> list[Letter]:
    """The letters that are meant, oldest first: all past a sequence, or the next `limit`."""
    now = datetime.now(UTC)
    found: list[Letter] = []
    async for item in letters(nc, after):
        if wanted.fits(item, now):
            found.append(item)
            if len(found) == limit:
                break
    return found


async def counted(nc: Client) -> "Counts":
    """How many letters there are, without reading one."""
    subjects: dict[str, int] = {}
    while True:
        body = {"subjects_filter": "dead.>", "offset": len(subjects)}
        info = await look_up(nc, f"STREAM.INFO.{DEAD}", body)
        page = (info["state"].get("subjects") or {}) if info else {}
        subjects |= page
        if not page or info is None or len(subjects) >= info.get("total", 0):
            return Counts(subjects.items())


class Counts:
    def __init__(self, by_subject: Iterable[tuple[str, int]]) -> None:
        self._by_place: Counter[tuple[str, str]] = Counter()
        for subject, count in by_subject:
            _, pool, run, *_ = [*subject.split("."), "", ""]
            self._by_place[pool, run] += count

    @property
    def pools(self) -> dict[str, int]:
        pools: Counter[str] = Counter()
        for (pool, _), count in self._by_place.items():
            pools[pool] += count
        return dict(sorted(pools.items()))

    def total(self, pool: str, run: str) -> int:
        """Of a pool, of runs that begin so; empty: of any."""
        return sum(
            count
            for (of_pool, of_run), count in self._by_place.items()
            if pool in ("", of_pool) and of_run.startswith(run)
        )
