"""Attack a real box: nothing outside can be read, written, reached or seen from in there."""

import asyncio
import errno
import json
import os
import socket
import stat
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mycoderai.workers.executor.sandbox import BoxResult, BoxSpec, Sandbox, SpecError, open_sandbox, python_toolchain
from mycoderai.workers.executor.sandbox.identity import owned_by_a_box
from mycoderai.workers.executor.sandbox.seccomp import AUDIT_ARCH
from mycoderai.workers.executor.sandbox.syscall_table import DENIED

InBox = Callable[..., Awaitable[BoxResult]]
PYTHON = python_toolchain()


@pytest.fixture
async def sandbox(tmp_path: Path) -> Sandbox:
    return await open_sandbox(trust_code=False, scratch=tmp_path / "scratch")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "ws").mkdir()
    return tmp_path / "ws"


@pytest.fixture
def python(sandbox: Sandbox, workspace: Path) -> InBox:
    """Run a snippet of Python in a box over `workspace`."""

    async def run(code: str, *arguments: str, **spec: object) -> BoxResult:
        box = BoxSpec(workspace=workspace, **{"read_only": PYTHON.read_only, **spec})  # type: ignore[arg-type]
        argv = [PYTHON.executable_in_box, "-c", textwrap.dedent(code), *arguments]
        return await sandbox.run(argv, box)

    return run


@pytest.fixture
def shell(sandbox: Sandbox, workspace: Path) -> InBox:
    async def run(command: str, *, stdin: bytes = b"", **spec: object) -> BoxResult:
        box = BoxSpec(workspace=workspace, **spec)  # type: ignore[arg-type]
        return await sandbox.run(["sh", "-c", command], box, stdin=stdin)

    return run


async def test_files_outside_cannot_be_read(python: InBox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    code = """
        import pathlib, sys
        for path in [sys.argv[1], f"/proc/1/root{sys.argv[1]}", "/etc/shadow", "/root/.bashrc"]:
            try:
                print(pathlib.Path(path).read_text())
            except OSError:
                pass
    """
    result = await python(code, str(secret))
    assert (result.exit_code, result.output) == (0, b"")


async def test_the_root_shows_only_what_every_box_has(shell: InBox) -> None:
    result = await shell("ls /")
    expected = {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "tmp", "usr", "ws"}
    assert set(result.output.decode().split()) <= expected


@pytest.mark.parametrize("path", ["/x", "/usr/x", "/etc/x", "/dev/x", "/proc/sys/kernel/core_pattern", "/etc/passwd"])
async def test_only_the_workspace_and_private_folders_are_writable(shell: InBox, path: str) -> None:
    result = await shell(f"echo x > {path}")
    assert result.exit_code != 0


async def test_the_workspace_and_tmp_are_writable_and_home_is_not_the_workspace(shell: InBox, workspace: Path) -> None:
    result = await shell("pwd; echo a > a; echo b > /tmp/b; echo c > ~/c; echo d > /dev/shm/d; cat a /tmp/b ~/c")
    assert result.output == b"/ws\na\nb\nc\n"
    assert [path.name for path in workspace.iterdir()] == ["a"]


async def test_the_hosts_loopback_cannot_be_reached(python: InBox) -> None:
    abstract = f"\0mycoder-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(abstract)
        unix.listen()
        code = """
            import socket, sys
            print(socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1]))))
            print(socket.socket(socket.AF_UNIX).connect_ex("\\0" + sys.argv[2]))
        """
        result = await python(code, str(tcp.getsockname()[1]), abstract[1:])
    assert result.output.split() == [str(errno.ECONNREFUSED).encode()] * 2


async def test_the_box_has_a_loopback_of_its_own(python: InBox) -> None:
    code = """
        import socket
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname())
        print("connected")
    """
    assert (await python(code)).output == b"connected\n"


async def test_the_network_is_shared_when_the_spec_says_so(python: InBox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print('connected')"
        result = await python(code, str(server.getsockname()[1]), network=True)
    assert result.output == b"connected\n"
    assert result.isolation.network
    assert "loopback" in result.isolation.note


async def test_sockets_of_other_families_do_not_exist(python: InBox) -> None:
    code = """
        import socket
        for family in (socket.AF_VSOCK, socket.AF_NETLINK, socket.AF_PACKET):
            try:
                socket.socket(family, socket.SOCK_STREAM)
            except OSError as err:
                print(err.errno)
    """
    assert (await python(code)).output.split() == [str(errno.EAFNOSUPPORT).encode()] * 3


async def test_the_services_environment_is_nowhere(python: InBox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVIDER_KEY", "hunter2")
    code = """
        import glob
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                print(path, open(path).read())
            except OSError:
                pass
    """
    result = await python(code, env={"ALLOWED": "yes"})
    assert b"ALLOWED=yes" in result.output
    assert b"hunter2" not in result.output


async def test_only_the_boxs_own_processes_are_visible(python: InBox) -> None:
    result = await python("import os; print(sum(name.isdigit() for name in os.listdir('/proc')))")
    assert int(result.output) <= 2


async def test_two_boxes_at_once_are_different_users_for_a_root_service(sandbox: Sandbox, tmp_path: Path) -> None:
    specs = [BoxSpec(workspace=tmp_path / name) for name in ("one", "two")]
    for spec in specs:
        spec.workspace.mkdir()
    one, two = await asyncio.gather(*(sandbox.run(["true"], spec) for spec in specs))
    assert 0 not in (one.isolation.uid, two.isolation.uid)
    assert (one.isolation.uid != two.isolation.uid) == (os.getuid() == 0)


async def test_denied_system_calls_fail_in_a_real_kernel(python: InBox) -> None:
    column = list(AUDIT_ARCH).index(os.uname().machine)
    numbers = {name: row[column] for name, row in DENIED.items() if row[column] is not None}
    code = """
        import ctypes, json, sys
        libc = ctypes.CDLL(None, use_errno=True)
        def errno(number):
            return ctypes.get_errno() if libc.syscall(number, 0, 0, 0, 0, 0, 0) == -1 else 0
        print(json.dumps({name: errno(number) for name, number in json.loads(sys.argv[1]).items()}))
    """
    result = await python(code, json.dumps(numbers))
    assert set(json.loads(result.output).values()) == {errno.EPERM}


async def test_no_namespace_can_be_made(python: InBox) -> None:
    code = """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        CLONE_NEWUSER, SIGCHLD = 0x10000000, 17
        print(libc.unshare(CLONE_NEWUSER))
        print(libc.syscall(220 if os.uname().machine == "aarch64" else 56, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0))
        print(open("/proc/sys/user/max_user_namespaces").read())
    """
    assert (await python(code)).output.split()[:2] == [b"-1", b"-1"]


async def test_there_are_no_capabilities_and_no_new_privileges(shell: InBox) -> None:
    result = await shell("grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status")
    status = dict(line.split(":") for line in result.output.decode().splitlines())
    assert {int(value, 16) for name, value in status.items() if name.startswith("Cap")} == {0}
    assert (status["NoNewPrivs"].strip(), status["Seccomp"].strip()) == ("1", "2")


async def test_a_setuid_file_from_the_box_is_not_roots(shell: InBox, workspace: Path) -> None:
    await shell("cp /bin/true evil && chmod 6755 evil")
    info = (workspace / "evil").stat()
    assert info.st_uid != 0
    assert owned_by_a_box(info.st_uid) or info.st_uid == os.getuid()


async def test_a_planted_link_does_not_redirect_the_next_run(shell: InBox, workspace: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    before = secret.stat()
    await shell(f"ln -s {secret} file; ln -s {tmp_path} folder")
    result = await shell("cat file folder/secret")
    assert b"the secret" not in result.output
    assert secret.stat().st_uid == before.st_uid
    assert stat.S_IMODE(secret.stat().st_mode) == stat.S_IMODE(before.st_mode)


async def test_a_mount_from_inside_the_workspace_is_refused(shell: InBox, workspace: Path) -> None:
    (workspace / "cache").mkdir()
    with pytest.raises(SpecError, match="could redirect it"):
        await shell("true", read_only={workspace / "cache": "/cache"})


async def test_mounts_are_read_only_or_writable_as_asked(shell: InBox, tmp_path: Path) -> None:
    for name in ("fixed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    result = await shell(
        "cat /opt/fixed/file /ws/open/file; echo new > /ws/open/file; echo new > /opt/fixed/file",
        read_only={tmp_path / "fixed": "/opt/fixed"},
        writable={tmp_path / "open": "/ws/open"},
    )
    assert result.output.startswith(b"fixedopen")
    assert result.exit_code != 0
    assert (tmp_path / "open/file").read_text() == "new\n"
    assert (tmp_path / "fixed/file").read_text() == "fixed"


async def test_files_the_service_adds_later_belong_to_the_box(shell: InBox, workspace: Path) -> None:
    await shell("echo from box > file")
    (workspace / "added").write_text("from service\n")
    (workspace / "file").write_text("changed by service\n")
    result = await shell("echo again >> added; echo again >> file; cat added file")
    assert result.output == b"from service\nagain\nchanged by service\nagain\n"


async def test_what_programs_expect_is_there(python: InBox) -> None:
    code = """
        import asyncio, getpass, multiprocessing, os, socket, sqlite3, ssl, subprocess, tempfile, threading
        print(getpass.getuser(), os.path.expanduser("~"), socket.gethostname(), os.environ["LANG"])
        with multiprocessing.Pool(2) as pool:
            print(pool.map(abs, [-1, -2]))
        print(sqlite3.connect("/ws/db").execute("select 1").fetchone(), os.access(tempfile.gettempdir(), os.W_OK))
        print(asyncio.run(asyncio.sleep(0, "slept")), subprocess.run(["git", "init", "-q", "repo"]).returncode)
    """
    result = await python(code)
    assert result.output.decode().splitlines() == [
        "sandbox /tmp/home sandbox C.UTF-8",
        "[1, 2]",
        "(1,) True",
        "slept 0",
    ]


async def test_standard_input_arrives_and_cannot_be_changed(shell: InBox) -> None:
    result = await shell("cat; echo more >> /proc/self/fd/0", stdin=b"text " * 100_000)
    assert result.output.startswith(b"text " * 100_000)
    assert result.exit_code != 0


async def test_standard_output_can_be_opened_by_name(shell: InBox) -> None:
    result = await shell("echo one > /dev/stdout; echo two > /dev/stderr; echo three | tee /dev/stderr")
    assert sorted(result.output.split()) == [b"one", b"three", b"three", b"two"]


async def test_no_host_path_shows_in_the_box(python: InBox, workspace: Path) -> None:
    result = await python("print(open('/proc/1/cmdline').read(), open('/proc/self/cmdline').read())")
    assert str(workspace).encode() not in result.output


async def test_the_command_inherits_no_descriptors(python: InBox) -> None:
    result = await python("import os; print([fd for fd in range(256) if os.path.exists(f'/proc/self/fd/{fd}')])")
    assert result.output == b"[0, 1, 2]\n"


async def test_shared_memory_that_no_process_maps_is_small(python: InBox) -> None:
    code = """
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        libc.shmget.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_int]
        print([libc.shmget(0, size, 0o1600) >= 0 for size in (4096, 1 << 20, 1 << 33)])
    """
    assert (await python(code)).output == b"[True, False, False]\n"
