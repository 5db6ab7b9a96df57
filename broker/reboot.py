"""What a restart of the machine does to the queue, and how it is made good.

`COMMANDS` is written without waiting for the disk, because it is derived. After a loss of power it has gone back by
half a minute or to nothing, and its consumers by another amount. Left alone the server would copy all that is missing
once more, the whole log even, and new work would wait behind commands that were carried out long ago. So after every
restart of the machine the queue begins anew where the event streams end. The commands of runs that are open are not in
it: orchestrators, who learn from `queue_begins` that they are not, go on with these runs (`workers/overlooked.py`).

Its sequences go on behind all that were ever used: an acknowledgement of a worker on another machine, which still
believes to hold a delivery, can end no other command.
"""

import asyncio
from pathlib import Path

from nats.aio.client import Client

from mycoderai.broker.api import ask_api, look_up
from mycoderai.broker.files import sync, sync_folder
from mycoderai.broker.topology import consumers, streams
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS, stream_of

MARK = "boot"
PAUSES_S = (0.05, 0.2, 1.0, 4.0)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


async def begin_queue_anew_after_reboot(nc: Client, settings: Settings) -> bool:
    """For a broker on this host, before its workers start. Whether the machine was restarted since the last call."""
    mark, boot = settings.data / "nats" / MARK, _BOOT_ID.read_text()
    if mark.exists() and mark.read_text() == boot:
        return False
    await _begin_anew(nc, settings)
    # Last: should the power fail again before it is written, all of this is done again.
    with mark.open("w") as file:
        file.write(boot)
        sync(file)
    sync_folder(mark.parent)
    return True


async def queue_begins(nc: Client, shards: int) -> list[int]:
    """By shard, the first event that was copied into the queue, if it called for work. Raises MycoderError."""
    config = (await ask_api(nc, f"STREAM.INFO.{COMMANDS}"))["config"]
    first = {source["name"]: source.get("opt_start_seq") or 1 for source in config.get("sources") or ()}
    return [first.get(stream_of(shard), 1) for shard in range(shards)]


async def _begin_anew(nc: Client, settings: Settings) -> None:
    # Asked before: what is stored meanwhile is copied.
    ends = {stream_of(shard): await _end_of(nc, stream_of(shard)) for shard in range(settings.shards)}
    declared = next(config for config in streams(settings) if config["name"] == COMMANDS)
    config = declared | {
        # Each command is the copy of an event, so no queue before this one came further.
        "first_seq": sum(ends.values()) + 1,
        "sources": [source | {"opt_start_seq": ends[source["name"]] + 1} for source in declared["sources"]],
    }
    await look_up(nc, f"STREAM.DELETE.{COMMANDS}")
    await ask_api(nc, f"STREAM.CREATE.{COMMANDS}", config)
    await asyncio.gather(*(_create(nc, consumer) for consumer in consumers(settings)))


async def _create(nc: Client, consumer: dict[str, object]) -> None:
    request = {"stream_name": COMMANDS, "config": consumer}
    for pause_s in (*PAUSES_S, None):
        try:
            await ask_api(nc, f"CONSUMER.CREATE.{COMMANDS}.{consumer['durable_name']}", request)
            return
        except MycoderError:
            # The server may still be removing the files of the one before.
            if pause_s is None:
                raise
            await asyncio.sleep(pause_s)


async def _end_of(nc: Client, stream: str) -> int:
    return int((await ask_api(nc, f"STREAM.INFO.{stream}"))["state"]["last_seq"])
