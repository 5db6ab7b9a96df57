"""Ranges of bytes, paths, file names in headers, work done once."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.gateway.code.answers import safe_name
from mycoderai.gateway.code.once import Once
from mycoderai.gateway.code.paths import checked, raw, shown
from mycoderai.gateway.code.ranges import content_range, read_range
from mycoderai.gateway.problem import Problem

SIZES = st.integers(0, 60)


@given(SIZES, SIZES, SIZES)
def test_a_range_is_a_slice(total: int, first: int, last: int) -> None:
    data = bytes(range(total))
    wanted = read_range(f"bytes={first}-{last}")
    if last < first:
        assert wanted is None
        return
    assert wanted is not None
    if first >= total:
        with pytest.raises(Problem) as refused:
            wanted.of(total)
        assert refused.value.status == 416
        return
    begin, end = wanted.of(total)
    assert data[begin:end] == data[first : last + 1]
    assert content_range(begin, end, total) == f"bytes {first}-{min(last, total - 1)}/{total}"


@given(st.integers(1, 60), st.integers(1, 80))
def test_the_last_bytes_and_all_from_a_place(total: int, some: int) -> None:
    data = bytes(range(total))
    tail = read_range(f"bytes=-{some}")
    rest = read_range(f"bytes={min(some, total - 1)}-")
    assert tail
    assert rest
    assert data[slice(*tail.of(total))] == data[-some:]
    assert data[slice(*rest.of(total))] == data[min(some, total - 1) :]


@pytest.mark.parametrize("header", ["", "bytes=", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=1-2,4-5", "bytes=5-1"])
def test_what_is_no_single_range_is_ignored(header: str) -> None:
    assert read_range(header) is None


BAD = [
    *("../x", "a/../b", "..", ".", "a/./b", "/etc/passwd", "a//b", "a/", "", "a\0b", "x" * 5000, "ü" * 2049),
    *(".git/config", "a/.git/hooks/x", ".GIT/config", "a/.Git", "\ud800"),
]


@pytest.mark.parametrize("path", BAD)
def test_paths_no_tree_holds_are_refused(path: str) -> None:
    with pytest.raises(Problem) as refused:
        checked(path)
    assert (refused.value.status, refused.value.code) == (400, "bad_path")


@pytest.mark.parametrize(
    "path", ["a", ".gitignore", "a/...", "ü/è", "--output=x", ":(top)x", "*", "C:\\x", "a\nb", "~"]
)
def test_odd_paths_a_tree_can_hold_are_taken(path: str) -> None:
    assert checked(path) == path


@given(st.binary(min_size=1, max_size=30))
def test_a_path_that_is_no_text_is_found_again(path: bytes) -> None:
    if b"\\x" not in path:
        assert raw(shown(path)) == path


@given(st.text())
def test_a_name_in_a_header_holds_nothing_that_ends_it(path: str) -> None:
    name = safe_name(path)
    assert name
    assert name.isascii()
    assert not set(name) & set('";/\\\r\n')


async def test_work_is_done_once_and_a_failure_is_tried_again() -> None:
    once, done = Once(), 0
    go = asyncio.Event()

    async def work() -> None:
        nonlocal done
        done += 1
        await go.wait()
        if done == 1:
            raise Problem(503, "no", "not yet")

    first = [asyncio.create_task(once.do("key", work)) for _ in range(10)]
    await asyncio.sleep(0)
    first[0].cancel()
    go.set()
    ended = await asyncio.gather(*first, return_exceptions=True)
    assert isinstance(ended[0], asyncio.CancelledError)
    assert all(isinstance(end, Problem) for end in ended[1:]), "all who waited hear of it"
    await asyncio.gather(*(once.do("key", work) for _ in range(10)))
    await once.do("key", work)
    assert done == 2
