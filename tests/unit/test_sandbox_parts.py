"""The parts of the sandbox that decide without a box: what is mounted, kept, counted, owned and advised."""

import os
import subprocess
from pathlib import Path

import pytest

from mycoderai.workers.executor.sandbox import BoxSpec, Limits, SpecError, bwrap, cgroups, identity, jobs
from mycoderai.workers.executor.sandbox.launcher import disk, tree, watch
from mycoderai.workers.executor.sandbox.launcher.job import FIRST_FD, Job, Report
from mycoderai.workers.executor.sandbox.output import HeadAndTail
from mycoderai.workers.executor.sandbox.ownership import claim
from mycoderai.workers.executor.sandbox.remedy import remedy
from mycoderai.workers.executor.sandbox.spec import check


def flags(spec: BoxSpec) -> str:
    hosts = [spec.workspace, *spec.writable, *spec.read_only]
    return " ".join(bwrap.options(spec, {host: f"FROM{host}" for host in hosts}))


def test_outer_mounts_come_before_what_lies_in_them(tmp_path: Path) -> None:
    spec = BoxSpec(workspace=tmp_path, read_only={Path("/a"): "/ws/deep/fixed"}, writable={Path("/b"): "/ws/deep"})
    text = flags(spec)
    order = [text.index(f"--bind FROM{tmp_path} /ws"), text.index("--bind FROM/b"), text.index("--ro-bind FROM/a")]
    assert order == sorted(order)


def test_the_root_becomes_read_only_after_the_last_mount(tmp_path: Path) -> None:
    text = flags(BoxSpec(workspace=tmp_path))
    last_mount = max(text.rindex(flag) for flag in ("--bind", "--ro-bind", "--tmpfs", "--symlink", "--dir"))
    assert last_mount < text.index("--remount-ro / ")


def test_the_network_is_cut_unless_granted(tmp_path: Path) -> None:
    assert "--unshare-net" in flags(BoxSpec(workspace=tmp_path))
    assert "--unshare-net" not in flags(BoxSpec(workspace=tmp_path, network=True))


def test_options_stay_out_of_the_command_line(tmp_path: Path) -> None:
    spec = BoxSpec(workspace=tmp_path, env={"TOKEN": "hunter2"})
    assert bwrap.command(["true"], spec, 105, prlimit="/usr/bin/prlimit") == [
        *("--args", "105", "--", "/usr/bin/prlimit", "--nproc=256:256", "--", "true")
    ]
    files = bwrap.files(b"filter", spec, {tmp_path: "/x"})
    assert files[0] == b"filter"
    assert b"hunter2" in files[-1]
    assert f"--seccomp\0{FIRST_FD}\0".encode() in files[-1]


@pytest.mark.parametrize("inside", ["relative", "/", "/proc", "/usr", "/ws/../etc", "/tmp"])
def test_a_mount_over_the_system_is_refused(tmp_path: Path, inside: str) -> None:
    with pytest.raises(SpecError):
        check(BoxSpec(workspace=tmp_path, read_only={Path("/usr"): inside}))


def test_links_and_missing_paths_are_refused_as_mounts(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    for host in (tmp_path / "link", tmp_path / "missing", Path("relative")):
        with pytest.raises(SpecError):
            check(BoxSpec(workspace=Path("/usr"), read_only={host: "/x"}))


@pytest.mark.parametrize("name", ["", "A=B", "A\0"])
def test_a_broken_variable_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SpecError):
        check(BoxSpec(workspace=tmp_path, env={name: "x"}))


def test_short_output_is_kept_as_it_is() -> None:
    output = HeadAndTail(10)
    for chunk in (b"abc", b"", b"defghij"):
        output.add(chunk)
    assert output.joined() == b"abcdefghij"


@pytest.mark.parametrize("size", [1, 3, 100])
def test_long_output_keeps_its_ends_whatever_the_chunks(size: int) -> None:
    text = bytes(range(97, 123)) * 10
    output = HeadAndTail(10)
    for at in range(0, len(text), size):
        output.add(text[at : at + size])
    assert output.joined() == b"abcde\n[... 250 bytes left out ...]\nvwxyz"
    assert output.size == 260


def test_a_host_path_is_found_by_its_nearest_mount() -> None:
    mounts = {Path("/a"): "/ws", Path("/a/b"): "/opt"}
    assert jobs.inside(Path("/a/x"), mounts) == "/ws/x"
    assert jobs.inside(Path("/a/b/x"), mounts) == "/opt/x"
    assert jobs.inside(Path("/c"), mounts) is None


def test_messages_to_and_from_the_launcher_survive_the_wire() -> None:
    job = make_job(argv=["a", "b"], fds=[b"\0x"], rlimits=[(1, 2, 3)])
    assert vars(Job.unpacked(job.packed())) == vars(job)
    report = Report(ended_by="exit", exit_code=3, cpu_s=0.5, duration_s=1.5)
    assert vars(Report.unpacked(report.packed())) == vars(report)


def make_job(**fields: object) -> Job:
    basic: dict[str, object] = {
        **{"argv": [], "env": {}, "cwd": "/", "fds": [], "rlimits": [], "disk_trees": []},
        **{"wall_s": 60, "cpu_s": 60, "memory_bytes": 100, "processes": 10, "disk_bytes": 1 << 30},
    }
    return Job(**{**basic, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sample", "shared_fairly", "reason"),
    [
        (tree.Sample(5, 50, 1), 0, ""),
        (tree.Sample(5, 500, 1), 50, ""),
        (tree.Sample(5, 500, 1), 101, "memory"),
        (tree.Sample(5, 50, 61), 0, "cpu"),
        (tree.Sample(10, 50, 1), 0, ""),
        (tree.Sample(19, 50, 1), 0, "processes"),
    ],
)
def test_a_look_names_the_broken_limit(
    sample: tree.Sample, shared_fairly: int, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "TICK_S", 0)
    monkeypatch.setattr(tree, "sample", lambda pids: sample)
    monkeypatch.setattr(tree, "shared_fairly_bytes", lambda pids: shared_fairly)
    assert watch.Watch(make_job(), None).reason() == reason


def test_sitting_at_the_process_limit_is_borne_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "TICK_S", 0)
    monkeypatch.setattr(watch, "FULL_S", 0)
    monkeypatch.setattr(tree, "sample", lambda pids: tree.Sample(10, 0, 0))
    watching = watch.Watch(make_job(), None)
    assert watching.reason() == ""
    while not (reason := watching.reason()):
        assert watching.wait_s() < 1
    assert reason == "processes"


def test_no_time_left_is_wall() -> None:
    assert watch.Watch(make_job(wall_s=0), None).reason() == "wall"


def test_disk_use_counts_files_and_ignores_what_links_point_to(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").write_bytes(b"x" * 100_000)
    before = disk.used_bytes([str(tmp_path)])
    assert 100_000 <= before < 200_000
    (tmp_path / "link").symlink_to("/usr")
    assert disk.used_bytes([str(tmp_path), str(tmp_path / "missing")]) - before < 10_000


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_claim_takes_the_tree_and_nothing_that_links_lead_to(tmp_path: Path) -> None:
    outside, ws = tmp_path / "outside", tmp_path / "ws"
    (ws / "folder").mkdir(parents=True)
    outside.write_text("x")
    (ws / "folder/file").write_text("x")
    (ws / "soft").symlink_to(outside)
    (ws / "hard").hardlink_to(outside)
    uid = identity.FIRST_UID + 7
    assert claim(ws, uid) == 4
    assert claim(ws, uid) == 0
    assert {(ws / name).lstat().st_uid for name in (".", "folder", "folder/file", "soft")} == {uid}
    assert outside.stat().st_uid == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only a root service has uids to give")
def test_workspaces_in_use_have_different_uids_and_keep_them(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    os.chown(two, identity.FIRST_UID + 3, 0)
    ids = identity.Identities()
    with ids.lease(one) as first, ids.lease(two) as second, ids.lease(one) as again:
        assert (first, second, again) == (identity.FIRST_UID, identity.FIRST_UID + 3, first)
    os.chown(two, identity.FIRST_UID, 0)
    with ids.lease(one) as first, ids.lease(two) as second:
        assert first != second


@pytest.mark.skipif(os.getuid() != 0, reason="about a service that is root")
@pytest.mark.parametrize(
    ("uid_map", "switches", "stuck"),
    [
        ("0 0 4294967295", True, False),
        ("0 100000 65536", True, False),
        ("0 1000 1", False, False),
        ("0 0 1", False, True),
    ],
)
def test_root_without_other_uids_is_told_from_real_root(
    tmp_path: Path, uid_map: str, switches: bool, stuck: bool
) -> None:
    (tmp_path / "uid_map").write_text(f"  {uid_map}\n")
    assert identity.switches(tmp_path / "uid_map") == switches
    assert identity.stuck_as_real_root(tmp_path / "uid_map") == stuck


def proc(folder: Path, cgroup: str, mountinfo: str) -> Path:
    (folder / "cgroup").write_text(cgroup)
    (folder / "mountinfo").write_text(mountinfo)
    return folder


def test_the_memory_group_is_found_in_both_versions(tmp_path: Path) -> None:
    v1, v2 = tmp_path / "memory", tmp_path / "unified"
    mounts = f"1 2 0:1 / {v2} rw - cgroup2 cgroup2 rw\n3 2 0:2 /outer {v1} rw - cgroup cgroup rw,memory\n"
    found = cgroups._candidates(proc(tmp_path, "4:memory:/outer/mine\n0::/slice/unit\n", mounts))
    assert found == [v1 / "mine", v2 / "slice/unit", v2 / "slice"]


def test_above_the_top_of_the_hierarchy_there_is_nothing(tmp_path: Path) -> None:
    mounts = f"1 2 0:1 / {tmp_path} rw - cgroup2 cgroup2 rw\n"
    assert cgroups._candidates(proc(tmp_path, "0::/\n", mounts)) == [tmp_path]


def test_no_group_to_write_means_a_soft_limit(tmp_path: Path) -> None:
    mounts = f"1 2 0:1 / {tmp_path / 'missing'} rw - cgroup2 cgroup2 rw\n"
    assert cgroups.memory_parent(proc(tmp_path, "0::/\n", mounts)) is None


def test_only_groups_whose_makers_are_gone_are_swept(tmp_path: Path) -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    mine, lost = (tmp_path / f"mycoder-box-{pid}-{pid}" for pid in (os.getpid(), gone.pid))
    mine.mkdir()
    lost.mkdir()
    cgroups._sweep(tmp_path)
    assert (mine.exists(), lost.exists()) == (True, False)


def test_advice_names_the_switch_that_is_off(tmp_path: Path) -> None:
    (tmp_path / "kernel").mkdir()
    switch = tmp_path / "kernel/apparmor_restrict_unprivileged_userns"
    switch.write_text("1\n")
    assert "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in remedy("", tmp_path)
    switch.write_text("0\n")
    assert "sysctl" not in remedy("", tmp_path)


def test_the_limits_fit_each_other() -> None:
    limits = Limits()
    assert limits.output_bytes <= limits.flood_bytes
    assert limits.tmp_bytes <= limits.memory_bytes
