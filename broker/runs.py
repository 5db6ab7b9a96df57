"""Which runs there are and which have not ended, as the broker knows by itself: it keeps the subjects of its streams
in memory, so no event is read."""

from nats.aio.client import Client

from mycoderai.broker.api import ask_api
from mycoderai.broker.log import last
from mycoderai.schemas.subjects import Log, stream_of


async def runs_that(nc: Client, shard: int, what: str) -> set[str]:
    """Runs of a shard whose log holds `evt.<shard>.<run>.run.<what>`. Raises MycoderError."""
    found: set[str] = set()
    while True:
        request = {"subjects_filter": f"evt.{shard}.*.run.{what}", "offset": len(found)}
        answer = await ask_api(nc, f"STREAM.INFO.{stream_of(shard)}", request)
        page = answer["state"].get("subjects") or {}
        found.update(subject.split(".")[2] for subject in page)
        if not page or len(found) >= answer.get("total", 0):
            return found


async def open_runs(nc: Client, shard: int, before: int) -> list[str]:
    """Runs submitted before a sequence of their event stream that have not ended. Raises MycoderError."""
    submitted = await runs_that(nc, shard, "submitted")
    unended = sorted(submitted - await runs_that(nc, shard, "finished"))
    stored = [await last(nc, Log(run, shard).run_event("submitted")) for run in unended]
    return [run for run, raw in zip(unended, stored, strict=True) if raw and raw.seq < before]
