"""Hit every limit of a real box and see it hold, and see the result say which one it was."""

import textwrap
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mycoderai.workers.executor.sandbox import BoxResult, BoxSpec, Limits, Sandbox, open_sandbox, python_toolchain
from mycoderai.workers.executor.sandbox.spec import MIB
from mycoderai.workers.executor.sandbox.supervise import GRACE_S

Limited = Callable[..., Awaitable[BoxResult]]
PYTHON = python_toolchain()


@pytest.fixture
async def sandbox(tmp_path: Path) -> Sandbox:
    return await open_sandbox(trust_code=False, scratch=tmp_path / "scratch")


@pytest.fixture
def python(sandbox: Sandbox, tmp_path: Path) -> Limited:
    """Run a snippet of Python in a box with the limits given."""
    (tmp_path / "ws").mkdir()

    async def run(code: str, **limits: float) -> BoxResult:
        box = BoxSpec(
            workspace=tmp_path / "ws",
            read_only=PYTHON.read_only,
            limits=Limits(**{"wall_s": 20, **limits}),  # type: ignore[arg-type]
        )
        return await sandbox.run([PYTHON.executable_in_box, "-c", textwrap.dedent(code)], box)

    return run


async def test_wall_time_ends_a_tree_that_ignores_signals(python: Limited) -> None:
    code = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        for _ in range(5):
            if os.fork() == 0:
                os.setsid()
                break
        time.sleep(60)
    """
    started = time.monotonic()
    result = await python(code, wall_s=0.3)
    assert result.ended_by == "wall"
    assert result.duration_s >= 0.3
    assert time.monotonic() - started < GRACE_S, "nobody had to be given up"


async def test_processor_time_is_counted_over_the_whole_tree(python: Limited) -> None:
    code = """
        import os
        os.fork()
        while True: pass
    """
    result = await python(code, cpu_s=1)
    assert result.ended_by == "cpu"
    assert 1 <= result.cpu_s < 3


async def test_one_process_cannot_allocate_more_than_the_limit(python: Limited) -> None:
    result = await python("bytearray(1 << 30)", memory_bytes=128 * MIB)
    assert b"MemoryError" in result.output


async def test_shared_memory_counts(python: Limited) -> None:
    code = """
        import mmap, time
        block = mmap.mmap(-1, 400 << 20)
        for at in range(0, len(block), 4096):
            block[at] = 1
        time.sleep(60)
    """
    assert (await python(code, memory_bytes=128 * MIB)).ended_by == "memory"


async def test_eight_processes_together_cannot_use_more_than_the_limit(python: Limited) -> None:
    code = """
        import os, time
        for _ in range(8):
            if os.fork() == 0:
                block = bytearray(b"x" * (100 << 20))
                time.sleep(60)
        os.wait()
        time.sleep(60)
    """
    assert (await python(code, memory_bytes=256 * MIB)).ended_by == "memory"


async def test_forked_copies_of_one_big_process_are_counted_once(python: Limited) -> None:
    code = """
        import os, time
        block = bytearray(b"x" * (60 << 20))
        ready, done = os.pipe(), os.pipe()
        for _ in range(6):
            if os.fork() == 0:
                os.close(done[1])
                os.write(ready[1], b"x")
                os.read(done[0], 1)
                os._exit(0)
        for _ in range(6):
            os.read(ready[0], 1)
        time.sleep(0.2)
    """
    result = await python(code, memory_bytes=300 * MIB)
    assert (result.ended_by, result.exit_code) == ("exit", 0)


async def test_the_private_tmp_has_a_size(python: Limited) -> None:
    code = "open('/tmp/big', 'wb').write(b'x' * (40 << 20))"
    result = await python(code, tmp_bytes=16 * MIB)
    assert b"No space left" in result.output


async def test_processes_are_counted_by_box(python: Limited) -> None:
    code = """
        import os, time
        made = 0
        try:
            while True:
                print(made, flush=True)  # now, as one that stays at its limit is ended
                if os.fork() == 0:
                    time.sleep(60)
                made += 1
        except BlockingIOError:
            pass
    """
    result = await python(code, processes=40)
    assert 30 <= int(result.output.split()[-1]) < 40


async def test_a_fork_bomb_is_ended_soon(python: Limited) -> None:
    code = """
        import os
        while True:
            try:
                os.fork()
            except OSError:
                pass
    """
    result = await python(code, processes=40, wall_s=60)
    assert result.ended_by == "processes"
    assert result.duration_s < 30


async def test_endless_output_is_ended_and_only_its_ends_are_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    seen = 0

    def count(chunk: bytes) -> None:
        nonlocal seen
        seen += len(chunk)

    limits = Limits(output_bytes=64 << 10, flood_bytes=8 * MIB)
    spec = BoxSpec(workspace=tmp_path, limits=limits)
    result = await sandbox.run(["sh", "-c", "echo first; yes | head -c 1000000000"], spec, on_output=count)
    assert result.ended_by == "output"
    assert len(result.output) < (64 << 10) + 100
    assert result.output.startswith(b"first\ny\n")
    assert b"bytes left out" in result.output
    assert 8 * MIB < result.output_size == seen < 16 * MIB


async def test_long_output_below_the_flood_limit_is_not_ended(sandbox: Sandbox, tmp_path: Path) -> None:
    spec = BoxSpec(workspace=tmp_path, limits=Limits(output_bytes=1000))
    result = await sandbox.run(["sh", "-c", "seq 1 20000; exit 3"], spec)
    assert (result.ended_by, result.exit_code) == ("exit", 3)
    assert result.output.startswith(b"1\n2\n")
    assert result.output.endswith(b"19999\n20000\n")


async def test_a_file_cannot_grow_beyond_its_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    spec = BoxSpec(workspace=tmp_path, limits=Limits(file_bytes=MIB))
    result = await sandbox.run(["sh", "-c", "exec head -c 100000000 /dev/zero > big"], spec)
    assert result.ended_by == "disk"
    assert (tmp_path / "big").stat().st_size == MIB


async def test_a_workspace_that_fills_up_ends_the_run(python: Limited) -> None:
    code = """
        import time
        for number in range(64):
            with open(str(number), "wb") as file:
                file.write(b"x" * (1 << 20))
        time.sleep(60)
    """
    assert (await python(code, disk_bytes=32 * MIB)).ended_by == "disk"


async def test_open_files_are_limited(python: Limited) -> None:
    code = """
        import os
        try:
            while True:
                last = os.open("/dev/null", os.O_RDONLY)
        except OSError as err:
            print(err.errno, last)
    """
    assert (await python(code, open_files=64)).output == b"24 63\n"


async def test_data_cannot_hide_in_a_tree_too_deep_to_walk(python: Limited) -> None:
    code = """
        import os, time
        for _ in range(300):
            os.mkdir("d")
            os.chdir("d")
        time.sleep(60)
    """
    assert (await python(code)).ended_by == "disk"
