"""What a restart of the machine does to the queue, and how it is made good.

`COMMANDS` is written without waiting for the disk, because it is derived. After a loss of power it has gone back by up
to half a minute, and the server copies the events that are missing once more. What its consumers had delivered may be
newer than that, and with several event streams the copies come in another order: a consumer would pass over commands
it takes for delivered. So after every restart of the machine the consumers begin anew, at the first command stored.
Commands that were carried out come once more then, which changes nothing. Nobody holds a delivery across a restart.
"""

import asyncio
from pathlib import Path

from nats.aio.client import Client

from mycoderai.broker.api import ask_api, look_up
from mycoderai.broker.files import sync, sync_folder
from mycoderai.broker.topology import consumers
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import COMMANDS

MARK = "boot"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


async def deliver_anew_after_reboot(nc: Client, settings: Settings) -> bool:
    """For a broker on this host, before its workers start. Whether the machine was restarted since the last call."""
    mark, boot = settings.data / "nats" / MARK, _BOOT_ID.read_text()
    if mark.exists() and mark.read_text() == boot:
        return False
    await asyncio.gather(*(_begin_anew(nc, config) for config in consumers(settings)))
    # Last: should the power fail again before it is written, all of this is done again.
    with mark.open("w") as file:
        file.write(boot)
        sync(file)
    sync_folder(mark.parent)
    return True


async def _begin_anew(nc: Client, config: dict[str, object]) -> None:
    name = f"{COMMANDS}.{config['durable_name']}"
    await look_up(nc, f"CONSUMER.DELETE.{name}")
    await ask_api(nc, f"CONSUMER.CREATE.{name}", {"stream_name": COMMANDS, "config": config})
