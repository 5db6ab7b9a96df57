"""`mycoder memory`: what a person keeps, finds, approves and forgets."""

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mycoderai.broker.connect import connect
from mycoderai.broker.request import call
from mycoderai.schemas.notes import Place, Provenance, Put, WriteItems, Written
from mycoderai.schemas.settings import load
from mycoderai.schemas.subjects import memory_write
from tests.e2e.cli_support import MYCODER, WITHIN_S, Mycoder


@pytest.fixture
def mycoder(tmp_path: Path) -> Mycoder:
    return Mycoder(tmp_path / "home")


def agent_keeps(mycoder: Mycoder, url: str, key: str, text: str) -> None:
    """What a coder's `memory` tool does with scope `global`."""
    settings, _ = load(mycoder.env | {"MYCODER_NATS_URL": url}, cwd=mycoder.folder)

    async def keep() -> None:
        nc = await connect(settings, "coder")
        try:
            change, origin = Put(key=key, text=text), Provenance(source="agent", by="coder")
            request = WriteItems(id="a", place=Place(scope="global"), changes=(change,), provenance=origin)
            await call(nc, memory_write("coder"), request, Written, timeout_s=WITHIN_S)
        finally:
            await nc.close()

    with ThreadPoolExecutor(1) as apart:  # this thread has a loop already when the browser of other tests is open
        apart.submit(asyncio.run, keep()).result()


def test_a_person_keeps_finds_approves_and_forgets(mycoder: Mycoder) -> None:
    with mycoder.up("--roles", "memory") as ready:
        kept = mycoder("memory", "put", "test-command", "make check", "--tag", "always", "--json")
        assert kept.code == 0, kept.err
        version = kept.result["changed"][0]["version"]
        assert mycoder("memory", "get", "test-command").out == "make check\n"

        conflict = mycoder("memory", "put", "test-command", "make all", "--expect", "0")
        assert conflict.code == 1
        assert f"version 0 was expected, but the version is {version}" in conflict.err

        (found,) = mycoder("memory", "search", "checks", "--json").objects
        assert (found["kind"], found["key"], found["scope"], found["why"]) == (
            *("item", "test-command", "project"),
            "project: has check",
        )
        assert (found["owner"], found["tags"]) == (mycoder.folder.name, ["always"])

        agent_keeps(mycoder, ready["url"], "tip", "Deploy on Fridays.")
        assert "Nothing was found" in mycoder("memory", "search", "deploy").out
        assert "tip" in mycoder("memory", "ls", "--quarantined").out
        assert "in use" in mycoder("memory", "approve", "tip").out
        assert mycoder("memory", "search", "deploy", "--json").result["trusted"]
        assert "Nothing waits" in mycoder("memory", "ls", "--quarantined").out

        assert "Forgot" in mycoder("memory", "forget", "test-command").out
        gone = mycoder("memory", "get", "test-command")
        assert (gone.code, gone.out) == (1, "")
        assert "there is no item 'test-command' in project home" in gone.err


@pytest.mark.parametrize(
    ("arguments", "stdin", "why"),
    [
        (["put", "k", "-"], b"x" * 10_000_000, "10,000,000 bytes; an item holds at most 65,536"),
        (["put", "k", "-"], b"\xff", "no text in UTF-8"),
        (["put", "lesson/x", "t"], b"", "for what the runs taught"),
        (["get", "k", "--scope", "task"], b"", "needs to know the run"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_started(
    mycoder: Mycoder, arguments: list[str], stdin: bytes, why: str
) -> None:
    done = subprocess.run(
        [MYCODER, "memory", *arguments], input=stdin, env=mycoder.env, cwd=mycoder.folder, capture_output=True
    )
    assert done.returncode == 2
    assert why in done.stderr.decode()
    assert not mycoder.data.exists()
