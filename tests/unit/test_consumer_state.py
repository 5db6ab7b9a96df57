"""Consumer state files as nats-server 2.15.1 writes them, and with a bit that is not as it was."""

from pathlib import Path

import pytest

from mycoderai.broker.consumer_state import is_possible, remove_impossible

ONE_UNDER_WAY = bytes.fromhex("1602a801fc01a901fd0101dad59cb00d01010200")
NONE = bytes.fromhex("1602a801fc01a801fc010000")


@pytest.mark.parametrize("state", [ONE_UNDER_WAY, NONE, b"", b"\x16\x01" + b"\xff" * 20])
def test_a_state_that_can_be_is_left_alone(state: bytes) -> None:
    assert is_possible(state)


@pytest.mark.parametrize("state", [ONE_UNDER_WAY[:length] for length in range(1, len(ONE_UNDER_WAY))])
def test_a_state_that_is_cut_short_is_noticed(state: bytes) -> None:
    assert not is_possible(state)


def test_what_is_no_state_is_noticed() -> None:
    assert not is_possible(bytes(len(ONE_UNDER_WAY)))


def test_a_bit_that_turns_a_time_into_a_count_is_noticed() -> None:
    damaged = bytearray(ONE_UNDER_WAY)
    damaged[len(damaged) // 2] ^= 1
    assert not is_possible(bytes(damaged))


def test_only_the_file_that_cannot_be_is_removed(tmp_path: Path) -> None:
    damaged = bytearray(ONE_UNDER_WAY)
    damaged[10] ^= 1
    files = {}
    for name, state in (("sound", ONE_UNDER_WAY), ("broken", bytes(damaged))):
        folder = tmp_path / "jetstream" / "$G" / "streams" / "COMMANDS" / "obs" / name
        folder.mkdir(parents=True)
        files[name] = folder / "o.dat"
        files[name].write_bytes(state)
    remove_impossible(tmp_path)
    assert files["sound"].read_bytes() == ONE_UNDER_WAY
    assert not files["broken"].exists()
