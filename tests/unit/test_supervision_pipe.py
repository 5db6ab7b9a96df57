"""What a worker tells its supervisor arrives, whatever the pipe does in between."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.broker.life import GATHER_S, HOLDS, PIPE, Life
from mycoderai.gateway.fleet_signs import Signs

SUBJECT = "$JS.ACK.COMMANDS.coder.1.{}.3.1700000000000000000.0"


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(writing)


async def test_a_worker_is_ready_when_it_says_so_and_not_when_it_only_lives(pipe: tuple[int, int]) -> None:
    signs, life = Signs(pipe[0]), Life({PIPE: str(pipe[1])})
    waiting = asyncio.create_task(signs.wait_ready())
    showing = asyncio.create_task(life.show())
    while not signs.lives:
        await asyncio.sleep(0)
    assert not waiting.done()
    life.ready()
    assert await waiting
    showing.cancel()
    signs.close()


async def test_what_ends_within_a_write_costs_none(pipe: tuple[int, int]) -> None:
    life = Life({PIPE: str(pipe[1])})
    for number in range(100):
        life.holds(SUBJECT.format(number))
        life.lets_go(SUBJECT.format(number))
    life.holds(SUBJECT.format("lasting"))
    written, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(pipe[0], written.set)
    await written.wait()
    loop.remove_reader(pipe[0])
    assert os.read(pipe[0], 1 << 16).splitlines() == [HOLDS + SUBJECT.format("lasting").encode()]
    os.close(pipe[0])


def test_every_delivery_held_at_the_end_is_known_however_full_the_pipe_was() -> None:
    reading, writing = os.pipe()

    async def story() -> Signs:
        life = Life({PIPE: str(writing)})
        for number in range(5000):  # several times what a pipe holds
            life.holds(SUBJECT.format(number))
        life._write()
        signs = Signs(reading)
        while len(signs.held) < 5000:
            signs._read()
            life._write()
        for number in range(0, 5000, 2):
            life.lets_go(SUBJECT.format(number))
        while life._untold:
            life._write()
            signs._read()
        signs.close()
        return signs

    signs = asyncio.run(story())
    os.close(writing)
    assert signs.held == {SUBJECT.format(number) for number in range(1, 5000, 2)}


@given(st.lists(st.integers(1, 30)))
def test_lines_may_be_cut_anywhere(lengths: list[int]) -> None:
    text = b"".join(f"+{SUBJECT.format(number)}\n".encode() for number in range(5)) + b".\nready\n"
    reading, writing = os.pipe()

    async def story() -> Signs:
        signs, left = Signs(reading), text
        for length in [*lengths, len(text)]:
            os.write(writing, left[:length])
            left = left[length:]
            signs._read()
        signs.close()
        return signs

    signs = asyncio.run(story())
    os.close(writing)
    assert signs.held == {SUBJECT.format(number) for number in range(5)}


def test_a_worker_without_a_supervisor_tells_nobody() -> None:
    async def story() -> None:
        life = Life({})
        life.ready()
        life.holds(SUBJECT)
        await asyncio.sleep(2 * GATHER_S)
        life.lets_go(SUBJECT)

    asyncio.run(story())


async def test_a_supervisor_that_has_gone_is_no_trouble() -> None:
    reading, writing = os.pipe()
    life = Life({PIPE: str(writing)})
    os.close(reading)
    life.ready()
    life.ready()
    os.close(writing)
