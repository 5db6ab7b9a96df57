"""What is missing between the sequences of a stream."""

from hypothesis import given
from hypothesis import strategies as st

from mycoderai.broker.log import Raw
from mycoderai.workers.memory.gaps import Gap, gaps


def page(*seqs: int) -> list[Raw]:
    return [Raw(seq, "", "", b"") for seq in seqs]


def test_a_page_without_gaps_has_none() -> None:
    assert gaps(3, page(4, 5, 6)) == []
    assert gaps(3, []) == []
    assert gaps(3, page(4), 2) == []


def test_a_gap_is_named_by_its_first_and_its_last() -> None:
    assert gaps(3, page(6, 7, 9), 11) == [Gap(4, 5), Gap(8, 8), Gap(10, 11)]
    assert gaps(0, [], 2) == [Gap(1, 2)]


@given(st.integers(0, 5), st.sets(st.integers(6, 40)), st.integers(0, 45))
def test_what_is_there_and_what_is_missing_make_up_the_whole(after: int, seqs: set[int], to: int) -> None:
    missing = [seq for gap in gaps(after, page(*sorted(seqs)), to) for seq in range(gap.first, gap.last + 1)]
    assert sorted([*missing, *seqs]) == list(range(after + 1, max([after, to, *seqs]) + 1))
