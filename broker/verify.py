"""Makes a broker what is declared, and says what was otherwise.

What is derived is made again where it is missing. An event stream that disappears while the fleet runs is not: an
empty log in its place would look like "no work". It is reported, and made again at the next start.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import structlog
from nats.aio.client import Client

from mycoderai.broker.api import ask_api, look_up
from mycoderai.broker.drift import Position, correction, differences, loss, position_of, sourced_too_far
from mycoderai.broker.topology import SHARDS, consumers, streams
from mycoderai.schemas.errors import ConfigError, MycoderError
from mycoderai.schemas.settings import Settings
from mycoderai.schemas.subjects import BUDGET, COMMANDS, EVENTS, MEMORY, stream_of

log = structlog.get_logger()
Config = dict[str, Any]
_DERIVED = frozenset({COMMANDS, BUDGET})


class Report(NamedTuple):
    """What `verify` found."""

    corrected: list[str]
    """What was otherwise than declared and is not any more."""
    lost: list[str]
    """What cannot be corrected: truth that is gone, or a change the server refuses to take back."""
    positions: dict[str, Position]
    """Where the streams are now that only grow; to be handed to the next call."""


async def assert_topology(nc: Client, settings: Settings) -> Report:
    """Make or correct every stream and consumer. Raises MycoderError with the server's reason."""
    report = await verify(nc, settings, {}, starting=True)
    if report.lost:
        raise MycoderError(report.lost[0], "mycoder doctor")
    return report


async def verify(nc: Client, settings: Settings, before: Mapping[str, Position], *, starting: bool) -> Report:
    """Compare with the declaration and with `before`, and correct what can be.

    starting: streams that are missing are made, also those that hold the truth. Raises MycoderError, nats errors.
    """
    report = Report([], [], {})
    for config in streams(settings):
        await _verify_stream(nc, config, before.get(config["name"]), report, starting=starting)
    await _verify_copying(nc, settings, report)
    for config in consumers(settings):
        await _verify_consumer(nc, config, report)
    return report


async def drift(nc: Client, settings: Settings) -> list[str]:
    """What is otherwise than declared, one phrase each. Changes nothing."""
    wrong = []
    for config in streams(settings):
        wrong += _drift_of(config["name"], config, await look_up(nc, f"STREAM.INFO.{config['name']}"))
    for config in consumers(settings):
        name = f"{COMMANDS}.{config['durable_name']}"
        wrong += _drift_of(name, config, await look_up(nc, f"CONSUMER.INFO.{name}"))
    return wrong


async def check_shards(nc: Client, settings: Settings) -> None:
    """Raises ConfigError when the runs are spread over another number of streams: their logs would not be found."""
    first = await look_up(nc, f"STREAM.INFO.{EVENTS}")
    if first is None:
        return
    made_with = int((first["config"].get("metadata") or {}).get(SHARDS, 0)) or await _count_event_streams(nc)
    if made_with == settings.shards:
        return
    infos = [await look_up(nc, f"STREAM.INFO.{stream_of(shard)}") for shard in range(made_with)]
    if any(info and info["state"]["last_seq"] for info in infos):
        raise ConfigError(
            f"the runs of this broker are spread over {made_with} event streams, not over {settings.shards}",
            f"set MYCODER_SHARDS={made_with}, or begin with an empty data directory",
        )
    for shard in range(settings.shards, made_with):
        await look_up(nc, f"STREAM.DELETE.{stream_of(shard)}")


async def purge_acknowledged(nc: Client, settings: Settings) -> int:
    """Remove commands that are acknowledged but still stored, as after a disk was full. How many there were."""
    removed = 0
    for config in consumers(settings):
        info = await look_up(nc, f"CONSUMER.INFO.{COMMANDS}.{config['durable_name']}")
        floor = info["ack_floor"]["stream_seq"] if info else 0
        if floor:
            purge = {"filter": config["filter_subject"], "seq": floor + 1}
            removed += (await ask_api(nc, f"STREAM.PURGE.{COMMANDS}", purge))["purged"]
    return removed


async def _verify_stream(
    nc: Client, config: Config, before: Position | None, report: Report, *, starting: bool
) -> None:
    name = config["name"]
    info = await look_up(nc, f"STREAM.INFO.{name}")
    if before and (what := loss(before, position_of(info) if info else None)):
        report.lost.append(f"stream {name} {what}")
    if info is None:
        if before and not starting:
            report.positions[name] = before
            return
        info = await ask_api(nc, f"STREAM.CREATE.{name}", config)
        report.corrected.append(f"stream {name} was missing")
    elif wrong := differences(config, info["config"]):
        info = await _correct_stream(nc, config, info, report)
        report.corrected.append(f"stream {name}: {', '.join(wrong)}")
    if _only_grows(name):
        report.positions[name] = position_of(info)


async def _correct_stream(nc: Client, config: Config, info: Config, report: Report) -> Config:
    name = config["name"]
    try:
        return await ask_api(nc, f"STREAM.UPDATE.{name}", correction(config, info["config"]))
    except MycoderError as err:
        if name not in _DERIVED:
            report.lost.append(f"stream {name} cannot be corrected: {err.message}")
            return info
        return await _make_again(nc, config)


async def _verify_copying(nc: Client, settings: Settings, report: Report) -> None:
    info = await look_up(nc, f"STREAM.INFO.{COMMANDS}")
    # Asked only now: while work flows, what is stored meanwhile is copied meanwhile.
    if info and (ahead := sourced_too_far(info, await _positions(nc, report))):
        config = next(config for config in streams(settings) if config["name"] == COMMANDS)
        await _make_again(nc, config)
        report.corrected.append(f"stream {COMMANDS} was ahead of {', '.join(ahead)}; it is copied anew")


async def _positions(nc: Client, report: Report) -> dict[str, Position]:
    """Where the streams are now that `report` has."""
    infos = {name: await look_up(nc, f"STREAM.INFO.{name}") for name in report.positions}
    return {name: position_of(info) for name, info in infos.items() if info}


async def _make_again(nc: Client, config: Config) -> Config:
    await look_up(nc, f"STREAM.DELETE.{config['name']}")
    return await ask_api(nc, f"STREAM.CREATE.{config['name']}", config)


async def _verify_consumer(nc: Client, config: Config, report: Report) -> None:
    name = f"{COMMANDS}.{config['durable_name']}"
    wrong = _drift_of(name, config, await look_up(nc, f"CONSUMER.INFO.{name}"))
    if not wrong:
        return
    request = {"stream_name": COMMANDS, "config": config}
    try:
        await ask_api(nc, f"CONSUMER.CREATE.{name}", request)
    except MycoderError:
        # What cannot be changed in place; commands nobody acknowledged stay in the queue.
        await look_up(nc, f"CONSUMER.DELETE.{name}")
        await ask_api(nc, f"CONSUMER.CREATE.{name}", request)
    report.corrected.extend(wrong)


def _drift_of(name: str, declared: Config, info: Config | None) -> list[str]:
    if info is None:
        return [f"{name} is missing"]
    return [f"{name}: {phrase}" for phrase in differences(declared, info["config"])]


def _only_grows(name: str) -> bool:
    # Letters are dropped, accounts expire, and of artifacts a new description takes the old one's place.
    return name.startswith(EVENTS) or name == MEMORY


async def _count_event_streams(nc: Client) -> int:
    names = (await ask_api(nc, "STREAM.NAMES", {"subject": "evt.>"})).get("streams") or []
    return len(names)
