"""The cache of repositories keeps to its size, and git to its limits."""

import asyncio
import base64
import http.client
import json
import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from code_support import CodeRun, fetch
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet, git
from gateway_support import gateway

from mycoderai.broker.artifacts import put_file
from mycoderai.broker.tasks import end
from mycoderai.gateway.api.code import CACHE
from mycoderai.gateway.code.bounded import BoundedGit, Slots
from mycoderai.gateway.code.history import Histories
from mycoderai.gateway.code.patches import all_patches
from mycoderai.gateway.code.store import CodeStore
from mycoderai.gateway.memory import Memory
from mycoderai.gateway.problem import Problem

MakeRepo = Callable[[dict[str, str]], Path]


async def test_what_nobody_looked_at_for_longest_goes_first(
    start_fleet: Any, make_repo: MakeRepo, tmp_path: Path
) -> None:
    fleet: RunningFleet = await start_fleet(("memory",))
    store = CodeStore(fleet.client, tmp_path / "cache", most_bytes=1)
    histories = Histories(fleet.client, fleet.settings, Memory(fleet.client))
    runs = [await CodeRun.begin(fleet, make_repo({"a.py": f"{n}\n"})) for n in range(3)]

    def kept() -> list[str]:
        return sorted(folder.name.partition("-")[0] for folder in (tmp_path / "cache").glob("code-*/*-*"))

    async def look(run: CodeRun) -> str:
        log, points = await histories.of(run.log.run)
        async with store.opened(log.run, points) as code:
            await code.at("base")
            return (await code.git.run("cat-file", "blob", f"{run.base.commit}:a.py")).line

    first, second, third = runs
    assert await look(first) == "0"
    log, points = await histories.of(second.log.run)
    async with store.opened(log.run, points) as code:
        assert await look(third) == "2"
        assert kept() == sorted([second.log.run, third.log.run]), "the first had to go; what is in use stays"
        assert (await code.git.run("cat-file", "-t", second.base.commit)).line == "commit"
    assert await look(first) == "0", "fetched again"
    assert kept() == [first.log.run]


async def test_code_that_is_not_stored_any_more_is_told(start_fleet: Any, make_repo: MakeRepo, tmp_path: Path) -> None:
    fleet: RunningFleet = await start_fleet(("memory",))
    run = await CodeRun.begin(fleet, make_repo({"a.py": "a\n"}))
    await run.open("main")
    real = tmp_path / "real"
    real.write_bytes(b"no bundle" * 100_000)
    ref = await put_file(fleet.client, real)
    stored = await run.turn("main", 1, {"a.py": "b\n"})
    await run.spoiled("main", 2, stored, missing="0" * 64)
    await run.spoiled("main", 3, stored, missing=ref.name, sha256=ref.sha256)
    await forge(fleet, ref.name, "f" * 64)
    path = f"/runs/{run.log.run}"
    async with gateway(fleet.settings) as served:
        gone = await fetch(served, f"{path}/diff", {"to": "turn:main:2"})
        assert (gone.status, gone.code) == (404, "not_stored")
        for _ in range(3):
            spoiled = await fetch(served, f"{path}/diff", {"to": "turn:main:3"})
            assert (spoiled.status, spoiled.code) == (503, "code_unavailable")
        assert (await fetch(served, f"{path}/diff", {"to": "turn:main:1"})).status == 200, "the rest is not hurt"
        assert len(list((fleet.settings.data / CACHE).glob("code-*/*-*"))) == 1, "nothing was left behind"
        whole = await fetch(served, f"/artifacts/{ref.name}")
        assert whole.body == real.read_bytes()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            await fetch(served, f"/artifacts/{'f' * 64}")


async def forge(fleet: RunningFleet, name: str, other: str) -> None:
    """Let a name in the store stand for what another one holds."""
    admin = await fleet.connect("admin")
    encoded = base64.urlsafe_b64encode(name.encode()).decode()
    found = await admin.request(f"$JS.API.DIRECT.GET.OBJ_artifacts.$O.artifacts.M.{encoded}", b"", WITHIN_S)
    info = json.loads(found.data) | {"name": other}
    await admin.request(
        f"$O.artifacts.M.{base64.urlsafe_b64encode(other.encode()).decode()}", json.dumps(info).encode(), WITHIN_S
    )


async def test_git_that_does_not_end_is_ended(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    patient, impatient = (BoundedGit(tmp_path / ".git", Slots(), limit_s=seconds) for seconds in (WITHIN_S, 0.3))
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as names, os.fdopen(write_end, "wb"):
        hanging = asyncio.create_task(patient.run("cat-file", "--batch", stdin=names))
        limits = await eventually(limits_of_child)
        await end([hanging])
        assert not children(), "nothing is left of what nobody waits for"
        with pytest.raises(Problem) as refused:
            await impatient.run("cat-file", "--batch", stdin=names)
    assert (refused.value.status, refused.value.code) == (503, "too_slow")
    assert limits["Max cpu time"][0] == "30"
    assert int(limits["Max address space"][0]) == 4 << 30
    assert not children(), "nothing is left"


async def test_who_waits_too_long_in_line_is_told(tmp_path: Path) -> None:
    slots = Slots(1, line_s=0.05)
    async with slots.taken():
        with pytest.raises(Problem, match="too many people"):
            async with slots.taken():
                pass
    async with slots.taken():
        pass


async def test_a_large_patch_is_cut_at_the_end_of_a_line(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name in ("a", "b"):
        (tmp_path / name).write_text("a line\n" * 1000)
    git(tmp_path, "add", "-A")
    new = git(tmp_path, "write-tree").strip()
    old = git(tmp_path, "mktree").strip()
    written = await all_patches(BoundedGit(tmp_path / ".git", Slots()), old, new, 3, 500)
    assert written.is_cut
    assert [file.cut for file in written.files] == [True, True]
    for file in written.files:
        assert len(file.data) <= 500
        assert file.data.endswith(b"+a line\n")


def children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def limits_of_child() -> dict[str, list[str]] | None:
    """Of the only child, once it has them."""
    unlimited = resource.getrlimit(resource.RLIMIT_CPU)[0] < 0
    for child in children():
        lines = Path(f"/proc/{child}/limits").read_text().splitlines()[1:]
        limits = {line[:26].strip(): line[26:].split() for line in lines}
        if unlimited and limits["Max core file size"][0] == "0" and limits["Max cpu time"][0] != "unlimited":
            return limits
    return None
