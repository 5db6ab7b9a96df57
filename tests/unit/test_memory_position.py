"""Whether a stream is the one memory was built from."""

import pytest

from mycoderai.workers.memory.position import Position, StreamState, Verdict, compare

HERE = Position(seq=10, created="2026-01-01T00:00:00Z", time="2026-01-31T10:00:00Z")


def stream(created: str = HERE.created, first: int = 1, last: int = 20) -> StreamState:
    return StreamState(created=created, first_seq=first, last_seq=last)


@pytest.mark.parametrize(
    ("position", "state", "time_there", "verdict"),
    [
        pytest.param(HERE, stream(), HERE.time, Verdict.SAME, id="it went on"),
        pytest.param(HERE, stream(last=10), HERE.time, Verdict.SAME, id="nothing new"),
        pytest.param(Position(), stream(first=0, last=0), None, Verdict.SAME, id="both empty"),
        pytest.param(Position(), stream(first=5), None, Verdict.PURGED, id="we begin after its beginning"),
        pytest.param(HERE, stream(created="2026-02-01T00:00:00Z"), HERE.time, Verdict.REPLACED, id="made anew"),
        pytest.param(HERE, stream(created="2026-02-01T00:00:00Z", last=2), None, Verdict.REPLACED, id="anew, short"),
        pytest.param(HERE, stream(last=9), None, Verdict.BEHIND, id="an older copy"),
        pytest.param(HERE, stream(), "2026-01-31T10:00:01Z", Verdict.REPLACED, id="another history"),
        pytest.param(HERE, stream(first=11), None, Verdict.SAME, id="purged up to us"),
        pytest.param(HERE, stream(first=12), None, Verdict.PURGED, id="purged past us"),
    ],
)
def test_a_stream_is_compared_with_our_position(
    position: Position, state: StreamState, time_there: str | None, verdict: Verdict
) -> None:
    assert compare(position, state, time_there) is verdict
