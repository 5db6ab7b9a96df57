"""Streams and consumers are compared with what is declared, at every start and while the fleet runs.

`streams.json` remembers how far the logs had come, so that one which was emptied or made anew is noticed, also when
that happened while nobody looked.
"""

import contextlib
from pathlib import Path

import msgspec
from nats.aio.client import Client

from mycoderai.broker.drift import Position
from mycoderai.broker.verify import verify
from mycoderai.gateway.fleet_data import write_private
from mycoderai.gateway.fleet_keeper import Tell
from mycoderai.schemas.settings import Settings

OURS = "ours"


class StreamRecord(msgspec.Struct, frozen=True, kw_only=True):
    broker: str = ""
    """`ours`, or the address of another."""
    seen: dict[str, Position] = {}
    alarms: tuple[str, ...] = ()
    """What could not be put right since the fleet was started."""


def read_streams(data: Path) -> StreamRecord:
    try:
        return msgspec.json.decode((data / "streams.json").read_bytes(), type=StreamRecord)
    except (OSError, msgspec.DecodeError):
        return StreamRecord()


async def check_streams(nc: Client, settings: Settings, tell: Tell, *, ours: bool, starting: bool = False) -> None:
    """Correct what is otherwise than declared, tell what was, and raise an alarm for what is lost.

    Raises MycoderError and nats errors.
    """
    broker = OURS if ours else settings.nats_url
    before = read_streams(settings.data)
    if before.broker != broker:
        before = StreamRecord()
    report = await verify(nc, settings, before.seen, starting=starting)
    known = () if starting else before.alarms
    new = [sentence for sentence in report.lost if sentence not in known]
    for sentence in new:
        tell("ALARM", f"{sentence}: work may be lost; see `mycoder doctor`")
    if before.seen:  # at the very first start everything is missing
        for sentence in report.corrected:
            tell("broker", f"was not as declared and is corrected: {sentence}")
    _remember(settings.data, before, StreamRecord(broker=broker, seen=report.positions, alarms=(*known, *new)))


def _remember(data: Path, before: StreamRecord, now: StreamRecord) -> None:
    # On a full disk the older record stays, which is good enough to notice a loss by.
    if now != before:
        with contextlib.suppress(OSError):
            write_private(data / "streams.json", msgspec.json.encode(now))
