"""A broker that starts over files of its consumers which a full disk or a loss of power left in pieces."""

from pathlib import Path

from tests.integration.memory_fixtures import Broker, broker, restart
from tests.unit.test_consumer_state import ONE_UNDER_WAY

STATES = {
    **{f"first-{length}": ONE_UNDER_WAY[:length] for length in range(len(ONE_UNDER_WAY) + 1)},
    "zeros": bytes(len(ONE_UNDER_WAY)),
    "of-another-version": b"\x16\x03" + ONE_UNDER_WAY[2:],
}


async def test_every_consumer_can_be_made_again_whatever_is_left_of_its_state(tmp_path: Path) -> None:
    def damage(store: Path) -> None:
        for name, state in STATES.items():
            (store / "jetstream" / "$G" / "streams" / "LEFT" / "obs" / name / "o.dat").write_bytes(state)

    async with broker(tmp_path) as here:
        await here.api("STREAM.CREATE.LEFT", {"name": "LEFT", "subjects": ["left"], "storage": "file"})
        await _make_all(here)
        await restart(here, damage)
        await _make_all(here)


async def _make_all(here: Broker) -> None:
    for name in STATES:
        consumer = {"durable_name": name, "ack_policy": "explicit"}
        await here.api(f"CONSUMER.CREATE.LEFT.{name}", {"stream_name": "LEFT", "config": consumer})
