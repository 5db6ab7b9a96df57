"""Bad input to what shows code, and a gateway that goes on meanwhile."""

import asyncio
import http.client
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from code_support import CodeRun, fetch
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet
from gateway_support import Gateway, Shared, gateway, sharing

from mycoderai.broker.log import append
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log

MakeRepo = Callable[[dict[str, str]], Path]

CHECKPOINTS = ["--output=/tmp/mycoder-code", "HEAD", "base^", "refs/heads/main", "turn:main:7", "step:--help", "0" * 40]
PATHS = [
    *(("../a", "bad_path"), ("/etc/passwd", "bad_path"), ("a/../../b", "bad_path"), ("a\0b", "bad_path")),
    *((".git/config", "bad_path"), ("d/.GIT/x", "bad_path"), ("x" * 5000, "bad_path"), ("src/", "bad_path")),
    *(
        ("src\u2024py", "unknown_path"),
        ("\uff0e\uff0e/a", "unknown_path"),
        ("sr", "unknown_path"),
        ("*", "unknown_path"),
        (":(glob)**", "unknown_path"),
    ),
    *(("--output=/tmp/x", "unknown_path"), ("a.py/b", "unknown_path")),
]
QUERIES = [
    *(("/diff", {"form": "base"}), ("/diff/patch", {"context": "many"}), ("/diff/patch", {"context": "-1"})),
    *(("/diff/patches", {"context": "1001"}), ("/diff/patches", {"file_bytes": "0"}), ("/files/content", {})),
    *(("/files", {"changed": "perhaps"}), ("/steps/A%20b/output", {}), ("/files/blame", {"at": "base"})),
]


@sharing()
async def test_what_can_not_be_shown_is_explained(shared: Shared, make_repo: MakeRepo) -> None:
    fleet, served = shared
    run = await CodeRun.begin(fleet, make_repo({"a.py": "a\n", "src/b.py": "b\n"}))
    other = await CodeRun.begin(fleet, make_repo({"c.py": "c\n"}))
    await run.open("main")
    await other.open("main")
    foreign = await other.turn("main", 1, {"secret.txt": "s\n"})
    bare = Log(new_id())
    await append(fleet.client, bare.run_event("submitted"), RunSubmitted(task="t"))
    path = f"/runs/{run.log.run}"
    for name in (*CHECKPOINTS, foreign.commit):
        for where, query in (("/diff", {"to": name}), ("/diff/patch", {"from": name}), ("/files", {"at": name})):
            reply = await fetch(served, path + where, query)
            assert (reply.status, reply.code) == (404, "unknown_checkpoint"), (where, name)
    for name, code in PATHS:
        for where in ("/files", "/files/content", "/files/blame"):
            reply = await fetch(served, path + where, {"path": name})
            assert reply.code == code, (where, name[:50])
    for where, query in QUERIES:
        reply = await fetch(served, path + where, query)
        assert (reply.status, reply.code) == (400, "bad_request"), (where, query)
    assert (await fetch(served, "/runs/zzzzzzzz/diff")).code == "unknown_run"
    assert (await fetch(served, f"/runs/{bare.run}/diff")).code == "no_code"
    assert (await fetch(served, f"/runs/{bare.run}/checkpoints")).json["checkpoints"] == []
    assert (await fetch(served, f"{path}/diff/patch", {"path": "../a"})).code == "unchanged"
    gone = (await fetch(served, f"{path}/files", {"path": "src/b.py"})).code
    assert gone == "no_directory"
    assert not Path("/tmp/mycoder-code").exists()


@sharing()
async def test_large_diffs_open_fast_and_hold_up_nobody(shared: Shared, make_repo: MakeRepo) -> None:
    fleet, served = shared
    files = {f"pkg{n % 100}/m{n}.py": "".join(f"{n} {line}\n" for line in range(100)) for n in range(400)}
    run = await CodeRun.begin(fleet, make_repo(files))
    await run.open("main")
    halves = {
        name: text.replace(" ", "  ") if n < 200 else "x\n" + text for n, (name, text) in enumerate(files.items())
    }
    more = {name: text + "".join(f"new {line}\n" for line in range(75)) for name, text in halves.items()}
    await run.turn("main", 1, dict(more))
    path = f"/runs/{run.log.run}"
    async with health(served) as waits:
        await fetch(served, f"{path}/diff")
        took = []
        for _ in range(3):
            began = time.monotonic()
            listed = (await fetch(served, f"{path}/diff")).json
            patches = await fetch(served, f"{path}/diff/patches", **{"Accept-Encoding": "gzip"})
            took.append(time.monotonic() - began)
        assert (listed["totals"]["files"], listed["totals"]["additions"]) == (400, 200 * 100 + 200 + 400 * 75)
        assert (patches.status, patches.headers["content-encoding"]) == (200, "gzip")
        assert min(took) < 5, "400 files and 70,000 lines: half a second, where nobody else is at work"
        await asyncio.gather(*(fetch(served, f"{path}/diff/patch", {"context": str(n)}) for n in range(6)))
    assert len(waits) > 10
    assert sorted(waits)[len(waits) // 2] < 1, "health is told meanwhile"


async def test_code_is_fetched_once_and_again_when_the_cache_is_gone(start_fleet: Any, make_repo: MakeRepo) -> None:
    fleet: RunningFleet = await start_fleet(("memory",))
    run = await CodeRun.begin(fleet, make_repo({"a.py": "a\n"}))
    await run.open("main")
    await run.turn("main", 1, {"a.py": "b\n"})
    admin = await fleet.connect("admin")
    asked: list[str] = []

    async def on_lookup(msg: Any) -> None:
        asked.append(msg.subject)

    await admin.subscribe("$JS.API.DIRECT.GET.OBJ_artifacts.$O.artifacts.M.>", cb=on_lookup)
    await admin.flush()
    path = f"/runs/{run.log.run}"
    cache = Path(fleet.settings.data_dir) / "gateway-cache"
    async with gateway(fleet.settings) as served, gateway(fleet.settings) as second:
        replies = await asyncio.gather(*(fetch(served, f"{path}/diff") for _ in range(20)))
        assert {reply.status for reply in replies} == {200}
        await eventually(lambda: len(asked) >= 2)
        assert len(asked) == 2, "the repository, and the bundle of the turn"
        assert (await fetch(second, f"{path}/diff")).body == replies[0].body
        mine, others = sorted(cache.iterdir(), key=lambda folder: folder.stat().st_ctime)
        for folder in (mine, others):
            await asyncio.to_thread(shutil.rmtree, folder)
        assert (await fetch(served, f"{path}/diff")).body == replies[0].body
        assert (await fetch(second, f"{path}/files/content", {"path": "a.py"})).body == b"b\n"
        second.process.kill()
        await second.process.wait()
        left = set(cache.iterdir())
        assert await served.stop() == 0
        assert len(left) == 2
        (orphan,) = cache.iterdir()
        async with gateway(fleet.settings) as third:
            assert (await fetch(third, f"{path}/diff")).status == 200
            assert orphan not in cache.iterdir(), "what a killed gateway left behind is removed by the next"


@asynccontextmanager
async def health(served: Gateway) -> AsyncIterator[list[float]]:
    """How long /healthz took, again and again, asked from a thread of its own."""
    stop, waits = threading.Event(), list[float]()

    def ask() -> None:
        connection = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=WITHIN_S)
        while not stop.wait(0.01):
            began = time.monotonic()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            waits.append(time.monotonic() - began)
        connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield waits
    finally:
        stop.set()
        await asyncio.to_thread(asking.join)
