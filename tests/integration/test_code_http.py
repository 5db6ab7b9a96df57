"""Looking at the code of runs over HTTP: checkpoints, differences, files, authors of lines, output, artifacts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from code_support import CodeRun, fetch, tree_of
from fleet_support import git
from gateway_support import Shared, sharing

from mycoderai.broker.artifacts import put_file
from mycoderai.schemas.execution import ToolResult

FILES = {"src/app.py": "one\ntwo\nthree\n", "src/old.py": "a\nb\nc\nd\ne\n", "README.md": "read\n", "gone.txt": "bye\n"}
MakeRepo = Callable[[dict[str, str]], Path]


@sharing()
async def test_a_run_of_parallel_steps_and_their_merge(shared: Shared, make_repo: MakeRepo) -> None:
    fleet, served = shared
    run = await CodeRun.begin(fleet, make_repo(FILES))
    await run.open("left")
    await run.open("right")
    await run.turn("left", 1, {"src/app.py": "ONE\ntwo\nthree\n"})
    await run.turn("right", 1, {"src/app.py": "one\ntwo\nTHREE\n", "gone.txt": None})
    left = await run.done("left")
    right = await run.done("right", {"src/new.py": "a\nb\nc\nd\ne\n", "src/old.py": None})
    merged = run.commit(run.base.commit, [left.commit, right.commit], {}, "placeholder")
    tree = git(run.repo, "merge-tree", "--write-tree", left.commit, right.commit).splitlines()[0]
    merged = git(run.repo, "commit-tree", tree, "-p", left.commit, "-p", right.commit, "-m", "Merge").strip()
    start = await run.open("last", left, right, merged=run.base.__class__(commit=merged, tree=tree))
    path = f"/runs/{run.log.run}"
    listed = (await fetch(served, f"{path}/checkpoints")).json
    names = [line["name"] for line in listed["checkpoints"]]
    assert names == [
        *("base", "start:left", "start:right", "turn:left:1", "turn:right:1"),
        *("step:left", "step:right", "start:last"),
    ]
    assert (listed["newest"], listed["finished"]) == ("start:last", False)
    assert listed["checkpoints"][0]["tree"] == run.base.tree

    begun = (await fetch(served, f"{path}/diff")).json
    assert begun["to"]["tree"] == start.tree, "a merge that no bundle holds yet is made again"
    assert [(file["path"], file["status"]) for file in begun["files"]] == [
        ("gone.txt", "D"),
        ("src/app.py", "M"),
        ("src/new.py", "R"),
    ]

    await run.turn("last", 1, {"src/app.py": "ONE\ntwo\nTHREE\nfour\n"})
    result = await run.done("last")
    await run.finish(result)
    whole = (await fetch(served, f"{path}/diff")).json
    assert (whole["from"]["name"], whole["to"]["name"]) == ("base", "result")
    assert whole["totals"] == {"files": 3, "additions": 3, "deletions": 3}
    renamed = whole["files"][2]
    assert (renamed["old_path"], renamed["path"], renamed["new_size"]) == ("src/old.py", "src/new.py", 10)
    own = (await fetch(served, f"{path}/diff", {"from": "start:last", "to": "step:last"})).json
    assert [(file["path"], file["additions"]) for file in own["files"]] == [("src/app.py", 1)]

    patch = await fetch(served, f"{path}/diff/patch")
    assert patch.headers["content-type"].startswith("text/x-diff")
    git(run.repo, "checkout", "-q", "-f", "--detach", run.base.commit)
    (run.repo.parent / "whole.patch").write_bytes(patch.body)
    git(run.repo, "apply", "--index", str(run.repo.parent / "whole.patch"))
    assert git(run.repo, "write-tree").strip() == result.tree
    known = await fetch(served, f"{path}/diff/patch", **{"If-None-Match": patch.headers["etag"]})
    assert (known.status, known.body) == (304, b"")

    each = (await fetch(served, f"{path}/diff/patches")).json
    assert "".join(file["patch"] for file in each["files"]).encode() == patch.body
    one = await fetch(served, f"{path}/diff/patch", {"path": "src/new.py"})
    assert b"rename from src/old.py" in one.body
    assert (await fetch(served, f"{path}/diff/patch", {"path": "README.md"})).code == "unchanged"

    blamed = (await fetch(served, f"{path}/files/blame", {"path": "src/app.py"})).json
    told = [(r["first"], r["lines"], r["kind"], r["step"], r["turn"]) for r in blamed["ranges"]]
    assert told == [
        (1, 1, "turn", "left", 1),
        (2, 1, "base", "", 0),
        (3, 1, "turn", "right", 1),
        (4, 1, "turn", "last", 1),
    ]
    moved = (await fetch(served, f"{path}/files/blame", {"path": "src/new.py"})).json
    assert [(r["lines"], r["kind"]) for r in moved["ranges"]] == [(5, "base")], "a file that moved is followed"
    early = (await fetch(served, f"{path}/files/blame", {"path": "src/app.py", "at": "base"})).json
    assert [(r["first"], r["lines"], r["kind"]) for r in early["ranges"]] == [(1, 3, "base")]
    assert tree_of(run.repo, result.commit) == result.tree


@sharing()
async def test_lines_are_of_the_turn_that_they_came_in_with(shared: Shared, make_repo: MakeRepo) -> None:
    fleet, served = shared
    run = await CodeRun.begin(fleet, make_repo({"a.txt": "1\n2\n3\n"}))
    await run.open("main")
    first = await run.turn("main", 1, {"a.txt": "1\n2\n3\nfour\n"})
    await run.turn("main", 2, {})
    await run.turn("main", 3, {"a.txt": "1\n2\n3\nfour\nlost\n"})
    await run.rewind("main", 4, first)
    await run.turn("main", 4, {"a.txt": "1\n2\n3\nfour\nlost\n"})
    await run.turn("main", 5, {"b.txt": "b\n"})
    await run.open("main", round_=2)
    await run.turn("main", 1, {"a.txt": "1\nTWO\n3\n"}, attempt=2)
    path = f"/runs/{run.log.run}"

    async def told(**query: str) -> list[tuple[int, str, int, int]]:
        blamed = (await fetch(served, f"{path}/files/blame", {"path": "a.txt", **query})).json
        return [(r["lines"], r["kind"], r["attempt"], r["turn"]) for r in blamed["ranges"]]

    assert await told(at="turn:main:5") == [(3, "base", 0, 0), (1, "turn", 1, 1), (1, "turn", 1, 4)]
    assert await told(at="turn:main:3") == [(3, "base", 0, 0), (1, "turn", 1, 1), (1, "turn", 1, 3)]
    assert await told() == [(1, "base", 0, 0), (1, "turn", 2, 1), (1, "base", 0, 0)], "a new round starts over"


@sharing()
async def test_files_are_shown_and_never_followed(shared: Shared, make_repo: MakeRepo) -> None:
    fleet, served = shared
    repo = make_repo(FILES)
    (repo / "link").symlink_to("/etc/passwd")
    git(repo, "update-index", "--add", "--cacheinfo", f"160000,{git(repo, 'rev-parse', 'HEAD').strip()},module")
    git(repo, "add", "link")
    git(repo, "commit", "-q", "-m", "Links")
    (repo / "module").mkdir()
    run = await CodeRun.begin(fleet, repo)
    await run.open("main")
    odd = {"sp ace/ü*[x].txt": "héllo\n", "src/app.py": "one\n2\nthree\n", "bin": b"\0\1" * 50, "gone.txt": None}
    await run.turn("main", 1, {**odd, "evil.html": "<script>alert(1)</script>", "big": b"x" * (6 << 20)})
    path = f"/runs/{run.log.run}/files"

    async def content(name: str, **headers: str) -> Any:
        return await fetch(served, f"{path}/content", {"path": name}, **headers)

    top = (await fetch(served, path)).json
    assert {(e["name"], e["kind"], e["changed"]) for e in top["entries"]} == {
        *(("sp ace", "directory", "A"), ("src", "directory", "M"), ("README.md", "file", "")),
        *(("big", "file", "A"), ("bin", "file", "A"), ("evil.html", "file", "A")),
        *(("link", "symlink", ""), ("module", "submodule", "")),
    }
    below = (await fetch(served, path, {"path": "sp ace"})).json
    assert [(e["path"], e["size"], e["mode"]) for e in below["entries"]] == [("sp ace/ü*[x].txt", 7, "100644")]
    changed = (await fetch(served, path, {"changed": "true"})).json
    assert ("gone.txt", "D", "") in {(e["path"], e["changed"], e["mode"]) for e in changed["entries"]}
    assert len(changed["entries"]) == 6

    text = await content("sp ace/ü*[x].txt")
    assert (text.status, text.body.decode()) == (200, "héllo\n")
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert (await content("sp ace/ü*[x].txt", **{"If-None-Match": text.headers["etag"]})).status == 304
    part = await content("src/app.py", Range="bytes=4-5")
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"2\n", "bytes 4-5/12")
    assert (await content("src/app.py", Range="bytes=-6")).body == b"three\n"
    assert (await content("src/app.py", Range="bytes=12-")).code == "no_such_range"
    binary = await content("bin")
    assert (binary.headers["content-type"], binary.body) == ("application/octet-stream", b"\0\1" * 50)
    assert binary.headers["content-disposition"] == 'attachment; filename="bin"'
    page = await content("evil.html")
    assert page.headers["content-type"].startswith("text/plain")
    assert (page.headers["x-content-type-options"], "sandbox" in page.headers["content-security-policy"]) == (
        *("nosniff", True),
    )
    assert (await content("link")).body == b"/etc/passwd", "what the link says, not what is there"
    assert [(await content(name)).code for name in ("module", "src", "module/x", "link/x")] == [
        *("no_file", "no_file", "unknown_path", "unknown_path"),
    ]
    large = await content("big")
    assert (large.status, large.code, "6,291,456" in large.json["error"]["message"]) == (413, "too_large", True)
    middle = await content("big", Range="bytes=3000000-3000099")
    assert (middle.status, middle.body) == (206, b"x" * 100)
    blamed = await fetch(served, f"{path}/blame", {"path": "bin"})
    assert blamed.code == "no_lines"

    diff = (await fetch(served, f"/runs/{run.log.run}/diff")).json
    files = {file["path"]: file for file in diff["files"]}
    assert (files["big"]["binary"], files["big"]["too_large"], files["big"]["new_size"]) == (True, True, 6 << 20)
    assert files["bin"]["binary"]
    patch = await fetch(served, f"/runs/{run.log.run}/diff/patch", {"path": "big"})
    assert b"Binary files" in patch.body


@sharing()
async def test_what_steps_printed_is_read_from_any_place(shared: Shared, make_repo: MakeRepo) -> None:
    fleet, served = shared
    run = await CodeRun.begin(fleet, make_repo(FILES))
    whole = run.repo.parent / "whole.txt"
    whole.write_text("all of it\n" * 200_000)
    kept = await put_file(fleet.client, whole)
    data = {"artifact": {"name": kept.name, "sha256": kept.sha256, "size": kept.size}}
    await run.open("main")
    red = ToolResult(call="c1", name="bash", output="\x1b[31mred\x1b[0m ü", exit_code=1)
    cut = ToolResult(call="c2", name="bash", output="cut\n", truncated=True, data=data)
    await run.turn("main", 1, {}, red, cut)
    path = f"/runs/{run.log.run}/steps/main/output"
    first = await fetch(served, path)
    assert (first.status, "\x1b[31mred\x1b[0m ü\n" in first.body.decode()) == (200, True)
    sections = (await fetch(served, f"{path}/sections")).json
    assert [(s["call"], s["exit_code"], s["artifact"]) for s in sections["sections"]] == [
        ("c1", 1, ""),
        ("c2", 0, kept.name),
    ]
    await run.turn("main", 2, {}, ToolResult(call="c3", name="read", output="more\n"))
    newer = (await fetch(served, f"{path}/sections", {"after": sections["seq"]})).json
    (section,) = newer["sections"]
    begins = section["first"]
    assert (begins, newer["bytes"]) == (len(first.body), begins + section["bytes"])
    tail = await fetch(served, path, Range=f"bytes={begins}-")
    assert (tail.status, tail.body.endswith(b"more\n")) == (206, True)
    again = await fetch(served, path)
    assert again.body == first.body + tail.body, "it only grows at its end"
    across = await fetch(served, path, Range=f"bytes={begins - 5}-{begins + 3}")
    assert across.body == again.body[begins - 5 : begins + 4]
    held = [ToolResult(call=f"h{n}", name="bash", output=f"held {n}\n") for n in range(3)]
    await run.wait("main", 3, held[0])
    assert (await fetch(served, path)).body.endswith(b"held 0\n"), "who is asked sees what there is so far"
    await run.wait("main", 3, *held[:2])
    await run.turn("main", 3, {}, *held)
    complete = (await fetch(served, path)).body.decode()
    assert [line for line in complete.splitlines() if line.startswith("held")] == ["held 0", "held 1", "held 2"]
    rest = await fetch(served, path, Range=f"bytes={len(again.body)}-")
    assert again.body + rest.body == complete.encode()
    await run.wait("main", 4, held[0])
    await run.open("main", round_=2)
    await run.turn("main", 4, {}, held[0], attempt=2)
    assert (await fetch(served, path)).body.count(b"held 0") == 3, "another round is another turn"
    assert (await fetch(served, path, Range="bytes=99999-")).code == "no_such_range"
    nothing = await fetch(served, f"/runs/{run.log.run}/steps/other/output")
    assert (nothing.status, nothing.body) == (200, b"")

    blob = await fetch(served, f"/artifacts/{kept.name}")
    assert (blob.body, blob.headers["content-type"]) == (whole.read_bytes(), "text/plain; charset=utf-8")
    middle = await fetch(served, f"/artifacts/{kept.name}", Range="bytes=1048570-1048589")
    assert (middle.status, middle.body) == (206, whole.read_bytes()[1048570:1048590])
    assert (await fetch(served, f"/artifacts/{'0' * 64}")).code == "unknown_artifact"
    assert (await fetch(served, "/artifacts/memory")).code == "bad_request"
