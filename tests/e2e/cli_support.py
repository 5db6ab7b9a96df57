"""The real `mycoder` in a home of its own, repositories to give it, and a look at what it leaves behind."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

MYCODER = str(Path(sys.executable).parent / "mycoder")
WITHIN_S = 120
"""Long, as a loaded host takes its time; who waits for what will be so waits no longer for it."""
CUT_OFF_S = 1.5 * WITHIN_S
"""A command that was told to wait so long ends by itself before it is cut off."""

CART = """def total(prices, discount=0):
    full = sum(prices)
    return full - full * discount / 100
"""
GOOD = {
    "cart.py": CART,
    "test_cart.py": """from cart import total


def test_full_price():
    assert total([1, 2, 3]) == 6


def test_discount():
    assert total([100], 10) == 90
    assert total([100, 100], 50) == 100
""",
}
FAULTY = GOOD | {"cart.py": CART.replace("100", "10")}


@dataclass(frozen=True, slots=True)
class Said:
    """What a finished command returned and printed."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self) -> dict[str, Any]:
        return self.objects[-1]


class Mycoder:
    """Calls of `mycoder` that share a home and a data directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        self.under: tuple[str, ...] = ()
        """The command that starts it, if it is not to be started as it is."""
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(self.temporary),
            "MYCODER_DATA_DIR": str(self.data),
            "MYCODER_DURABILITY": "process",
        }

    def __call__(self, *arguments: str | Path, **env: str) -> Said:
        process = self.start(*arguments, **env)
        out, err = to_the_end(process)
        assert "Traceback" not in err, err
        return Said(process.returncode, out, err)

    def caught_up(self, *arguments: str) -> Said:
        """What memory answers once it has seen all that has happened; until then it says that it has not."""
        while "still catching up" in (said := self(*arguments)).err:
            assert said.code == 0, said.err
        return said

    def start(self, *arguments: str | Path, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.under, MYCODER, *map(str, arguments)],
            env=self.env | env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def up(self, *arguments: str) -> Iterator[dict[str, Any]]:
        """A running fleet; what it says when it is ready."""
        process = self.start("up", "--json", "--port", "0", *arguments)
        try:
            assert process.stdout
            yield json.loads(process.stdout.readline() or "{}")
        finally:
            process.send_signal(signal.SIGINT)
            _, err = to_the_end(process)
            assert process.returncode == 0, err

    def processes(self) -> dict[int, str]:
        """Command lines of all processes that belong to this home, this one's children or anybody's."""
        mark = str(self.folder).encode()
        return {pid: name for pid, name, text in _all_processes() if mark in text}

    def assert_clean(self) -> None:
        """Nothing is left behind but the data."""
        assert not (left := self.processes()), left
        assert not (self.data / "fleet.json").exists()
        assert list(self.temporary.iterdir()) == []

    def until_gone(self) -> None:
        """Wait for the end of what was killed, or whose supervisor was: nobody else does."""
        while left := self.processes():
            for pid, name in left.items():
                with suppress(ProcessLookupError):
                    _until_ended(pid, name)


def to_the_end(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What a command prints from now until it ends. One that does not end is killed, and what it said is told."""
    try:
        return process.communicate(timeout=CUT_OFF_S)
    except subprocess.TimeoutExpired:
        process.kill()
        pytest.fail(f"{process.args} did not end: {process.communicate()}")


def until(process: "subprocess.Popen[str]", kind: str) -> dict[str, Any]:
    """Read JSON lines up to one of a kind."""
    assert process.stdout
    for line in process.stdout:
        if (entry := json.loads(line))["kind"] == kind:
            return dict(entry)
    raise AssertionError(process.communicate()[1])


def _until_ended(pid: int, name: str) -> None:
    watched = os.pidfd_open(pid)
    try:
        assert select.select([watched], [], [], WITHIN_S)[0], f"{name} outlived its fleet"
    finally:
        os.close(watched)


def _all_processes() -> Iterator[tuple[int, str, bytes]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            name = command.replace(b"\0", b" ").decode(errors="replace")
            yield int(folder.name), name, command + (folder / "environ").read_bytes()
        except OSError:
            continue


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def repository(folder: Path, files: dict[str, str], *, commit: bool = True) -> Path:
    """A git repository with the files, committed unless told otherwise."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if commit:
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "Start")
    return folder
