"""Handing in runs over HTTP: tasks, bundles, clones and the demo, on a real fleet."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fleet_support import RunningFleet, committed, git
from gateway_support import Gateway, Reply, Shared, gateway, request, sharing
from ports_support import free_ports

from mycoderai.broker.log import read
from mycoderai.schemas.events import RunSubmitted
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.subjects import Log

NOOP = {"task": "do nothing", "role": "noop"}


async def submitted(fleet: RunningFleet, run: str) -> RunSubmitted:
    event = (await fleet.wait_for(Log(run), RunSubmitted)).event
    assert isinstance(event, RunSubmitted)
    return event


async def upload(served: Gateway, bundle: bytes, query: str = "") -> Reply:
    headers = {"Authorization": f"Bearer {served.token}", "Origin": served.url}
    return await asyncio.to_thread(request, "POST", served.url, f"/api/v1/repositories{query}", headers, bundle)


def bundled(repo: Path, *refs: str) -> bytes:
    git(repo, "bundle", "create", "-q", str(repo / ".git" / "out.bundle"), *refs)
    return (repo / ".git" / "out.bundle").read_bytes()


async def test_a_task_is_taken_once_for_each_id(start_fleet: Any) -> None:
    fleet: RunningFleet = await start_fleet(("orchestrator", "noop", "memory"))
    async with gateway(fleet.settings) as one, gateway(fleet.settings) as other:
        run = new_id()
        both = await asyncio.gather(
            *(served.send("POST", "/api/v1/runs", NOOP | {"id": run}) for served in (one, other))
        )
        assert {reply.status for reply in both} <= {200, 201}
        assert {reply.json["run"] for reply in both} == {run}
        assert (await fleet.finished(Log(run))).status == "succeeded"
        again = await other.send("POST", "/api/v1/runs", NOOP | {"id": run})
        assert (again.status, again.json) == (200, {"run": run, "url": f"/runs/{run}", "repeated": True})
        taken = await one.send("POST", "/api/v1/runs", NOOP | {"id": run, "task": "something else"})
        assert (taken.status, taken.json["error"]["code"]) == (409, "id_used")
        assert len(await read(fleet.client, "EVENTS", Log(run).run_event("submitted"))) == 1
        unnamed = await one.send("POST", "/api/v1/runs", NOOP)
        assert unnamed.status == 201
        assert (await submitted(fleet, unnamed.json["run"])).submitted_by
        shown = await one.get(f"/api/v1/runs/{unnamed.json['run']}")
        assert shown.status == 200, "though memory may not have come to it yet"


HASH = "0" * 40
STORED = {"name": "a" * 64, "sha256": "a" * 64, "size": 1}
ODD: list[dict[str, Any]] = [
    {"task": ""},
    {"task": "x" * (600 << 10)},
    {"task": "x", "role": "No Role"},
    {"task": "x", "role": "nobody"},
    {"task": "x", "role": "coder"},
    {"task": "x", "role": "noop", "id": "../x"},
    {"task": "x", "role": "noop", "max_parallel": 0},
    {"task": "x", "role": "noop", "limits": {"minutes": -1}},
    {"task": "x", "role": "noop", "limits": {"usd": -1}},
    {"task": "x", "role": "noop", "policy": {"memory_bytes": 0}},
    {"task": "x", "role": "noop", "nonsense": 1},
    {"task": "x", "role": "coder", "repository": {"path": "/etc"}},
    {
        "task": "x",
        "role": "coder",
        "repository": {"artifact": STORED, "commit": HASH, "base_commit": HASH, "path": "/etc"},
    },
    {"task": "x", "role": "coder", "repository": {"artifact": STORED, "commit": "--upload-pack", "base_commit": HASH}},
    {"task": "x", "role": "coder", "repository": {"artifact": STORED, "commit": HASH, "base_commit": HASH}},
    {"task": "x", "role": "coder", "repository": {"artifact": STORED | {"name": "../x"}, "commit": HASH}},
]


@sharing()
async def test_what_no_fleet_would_accept_is_said_at_once(shared: Shared) -> None:
    served = shared.served
    before = (await served.get("/api/v1/runs")).json["total"]
    for body in ODD:
        reply = await served.send("POST", "/api/v1/runs", body)
        assert reply.status == 400, (body, reply.text)
        assert reply.json["error"]["message"], body
    assert (await served.get("/api/v1/runs")).json["total"] == before


async def test_a_full_disk_takes_no_new_runs_and_says_so(start_fleet: Any, make_repo: Any) -> None:
    fleet: RunningFleet = await start_fleet(("memory",), disk_reserve_mb=1e12)
    async with gateway(fleet.settings) as served:
        for path in ("runs", "demo"):
            reply = await served.send("POST", f"/api/v1/{path}", NOOP if path == "runs" else {})
            assert (reply.status, reply.json["error"]["code"]) == (503, "no_room"), path
        assert (await upload(served, bundled(make_repo({"a": "b"}), "HEAD"))).status == 503
        assert (await served.get("/api/v1/runs")).json["runs"] == []


@sharing()
async def test_a_bundle_becomes_a_run(shared: Shared, make_repo: Any) -> None:
    fleet, served = shared
    repo = make_repo({"a.py": "one = 1\n", ".mycoder/roles/writer.md": "---\n---\n"})
    git(repo, "checkout", "-q", "-b", "feature/x")
    (repo / "b.py").write_text("two = 2\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "More")
    first, tip = git(repo, "rev-list", "--max-parents=0", "HEAD").strip(), git(repo, "rev-parse", "HEAD").strip()
    bundle = bundled(repo, "HEAD", "main", "feature/x")
    taken = await upload(served, bundle)
    assert taken.status == 201, taken.text
    found = taken.json
    assert (found["repository"]["commit"], found["project"], found["roles"]) == (tip, first, ["writer"])
    assert "of feature/x" in found["notes"][0]
    named = await upload(served, bundle, "?ref=main")
    assert named.json["repository"]["commit"] == first
    assert (await upload(served, bundle, "?ref=nowhere")).status == 400
    task = {name: found[name] for name in ("repository", "project", "roles", "notes")}
    run = (await served.send("POST", "/api/v1/runs", NOOP | task)).json["run"]
    event = await submitted(fleet, run)
    assert event.repository
    assert (event.repository.commit, event.project, event.roles) == (tip, first, ("writer",))


@sharing()
async def test_what_is_no_good_bundle_is_refused_with_a_sentence(shared: Shared, make_repo: Any) -> None:
    served = shared.served
    repo = make_repo({"a.py": "one = 1\n"})
    git(repo, "commit", "-q", "--allow-empty", "-m", "Second")
    good, thin = bundled(repo, "HEAD", "main"), bundled(repo, "HEAD~1..main")
    header, pack = good.split(b"\n\n", 1)
    bad = {
        "nothing": b"",
        "a picture": b"\x89PNG" + bytes(100),
        "cut short": good[:-20],
        "only a header": header + b"\n",
        "one bit wrong": good[:-40] + bytes([good[-40] ^ 1]) + good[-39:],
        "on commits it lacks": thin,
        "an endless header": b"# v2 git bundle\n" + b"x" * (2 << 20),
        "a filter": b"# v3 git bundle\n@filter=blob:none\n" + header.split(b"\n", 1)[1] + b"\n\n" + pack,
        "a ref that climbs": header.replace(b"/main", b"/../x").replace(b" HEAD", b" refs/../y") + b"\n\n" + pack,
        "a commit that is none": b"# v2 git bundle\n" + b"g" * 40 + b" HEAD\n\n" + pack,
        "a commit it lacks": b"# v2 git bundle\n" + b"1" * 40 + b" HEAD\n\n" + pack,
        "a path into .git": _with_tree(repo, ".git"),
        "a path that climbs": _with_tree(repo, ".."),
        "a link for .gitmodules": _with_tree(repo, ".gitmodules", "120000"),
    }  # fmt: skip
    for name, content in bad.items():
        reply = await upload(served, content)
        assert (reply.status, reply.json["error"]["code"]) == (400, "bad_bundle"), (name, reply.text)
        assert "undle" in reply.json["error"]["message"], name
    assert (await upload(served, good)).status == 201


def _with_tree(repo: Path, name: str, mode: str = "100644") -> bytes:
    """A bundle of a commit with one entry that git itself would not make."""
    blob = git(repo, "rev-parse", "HEAD:a.py").strip()
    entry = f"{mode} {name}\0".encode() + bytes.fromhex(blob)
    hashed = ["git", "-C", str(repo), "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    tree = subprocess.run(hashed, input=entry, check=True, capture_output=True).stdout.decode().strip()
    commit = git(repo, "commit-tree", tree, "-m", "Odd").strip()
    git(repo, "update-ref", "refs/heads/odd", commit)
    return bundled(repo, "odd")


@contextmanager
def git_daemon(base: Path, port: int) -> Iterator[str]:
    arguments = ["--reuseaddr", "--export-all", "--listen=127.0.0.1", f"--port={port}", f"--base-path={base}"]
    command = ["git", "daemon", "--verbose", *arguments, str(base)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            assert process.stderr
            assert b"Ready to rumble" in process.stderr.readline()
            yield f"git://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def free_port() -> int:
    return free_ports(1)[0]


async def test_an_executor_clones_what_the_settings_allow(start_fleet: Any, tmp_path: Path, free_port: int) -> None:
    repo = committed(tmp_path / "served" / "team" / "shop", {"a.py": "one = 1\n"})
    committed(tmp_path / "served" / "other", {"a.py": "one = 1\n"})
    with git_daemon(tmp_path / "served", free_port) as url:
        roles = ("orchestrator", "noop", "memory", "executor")
        fleet: RunningFleet = await start_fleet(roles, trust_code=True, clone_from=(f"{url}/team",))
        async with gateway(fleet.settings) as served:

            async def cloned(url: str, ref: str = "", id_: str = "") -> Reply:
                body = NOOP | {"clone": {"url": url, "ref": ref}, "id": id_ or new_id()}
                return await served.send("POST", "/api/v1/runs", body)

            taken = await cloned(f"{url}/team/shop", id_="c1")
            assert taken.status == 201, taken.text
            event = await submitted(fleet, "c1")
            assert event.repository
            assert event.repository.commit == git(repo, "rev-parse", "HEAD").strip()
            assert event.notes[-1] == f"Cloned from {url}/team/shop."
            git(repo, "commit", "-q", "--allow-empty", "-m", "Second")
            again = await cloned(f"{url}/team/shop", id_="c1")
            assert (again.status, again.json["repeated"]) == (200, True), "though there is more to clone by now"
            for where, ref in [
                (f"{url}/team/shop", "nowhere"),
                (f"{url}/team/shop", "--upload-pack=x"),
                (f"{url}/team/none", ""),
                (f"{url}/other", ""),
                (f"{url}/team/../other", ""),
                (f"{url}/teamwork", ""),
                (f"file://{repo}", ""),
                (str(repo), ""),
                (f"ext::sh -c touch% {tmp_path}/x", ""),
                ("ssh://127.0.0.1/team/shop", ""),
                (f"git://ann:secret@127.0.0.1:{free_port}/team/shop", ""),
            ]:
                reply = await cloned(where, ref)
                assert (reply.status, reply.json["error"]["code"]) == (400, "not_cloned"), (where, reply.text)
                assert "secret" not in reply.text
            assert len(await read(fleet.client, "EVENTS", "evt.*.*.run.submitted")) == 1
