"""When a disk counts as full, and how soon it is looked at again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.gateway.fleet_disk import FASTEST_BYTES_S, LOOK_S, MIB, Room, look_again_in, reserve_bytes, verdict

rooms = st.builds(Room, free=st.integers(0, 1 << 41), total=st.just(1 << 41), reserve=st.integers(0, 4 << 30))


@pytest.mark.parametrize(
    ("total", "asked", "reserve"),
    [(1 << 40, None, 512 * MIB), (64 * MIB, None, 16 * MIB), (64 * MIB, 4.0, 4 * MIB), (1 << 40, 0.0, 0)],
)
def test_the_reserve_is_what_was_asked_for_or_fits_the_disk(total: int, asked: float | None, reserve: int) -> None:
    assert reserve_bytes(total, asked) == reserve


@given(room=rooms, closed=st.booleans())
def test_the_door_is_shut_below_the_reserve_and_opens_only_well_above_it(room: Room, closed: bool) -> None:
    after = {"close": True, "open": False, "stay": closed}[verdict(room, closed)]
    if room.free < room.reserve:
        assert after
    if closed and not after:
        assert room.free >= room.reserve * 5 // 4
    if not closed and room.free >= room.reserve:
        assert not after


@given(room=rooms)
def test_between_two_looks_a_disk_above_its_reserve_cannot_fill_up(room: Room) -> None:
    pause = look_again_in(room)
    assert LOOK_S[0] <= pause <= LOOK_S[1]
    if pause > LOOK_S[0]:
        assert room.free - pause * FASTEST_BYTES_S >= room.reserve / 2 - 1
