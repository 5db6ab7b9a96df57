"""The supervisor against a real nats-server, with stand-in workers that do nothing but live and die."""

import asyncio
import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from eventually import WITHIN_S, eventually
from supervision_support import Told

from mycoderai.gateway.fleet import Fleet, find_running
from mycoderai.gateway.fleet_data import DataDirectoryBusy, read_record, start_ticks
from mycoderai.gateway.fleet_plan import WorkerSpec
from mycoderai.gateway.fleet_process import WorkerFailed
from mycoderai.schemas.errors import ConfigError, MycoderError
from mycoderai.schemas.settings import Settings

READY = "import os, signal; os.write(int(os.environ['MYCODER_READY_FD']), b'ready\\n'); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}; signal.pause()"
WITH_CHILD = f"import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); {READY}"
REFUSING = """import json, sys
print(json.dumps({"event": "worker.failed", "message": "no box here", "fix": "build one"}), file=sys.stderr)
sys.exit(1)"""


def stand_in(script: str = READY, **by_name: str) -> Callable[[WorkerSpec], list[str]]:
    return lambda spec: [sys.executable, "-S", "-c", by_name.get(spec.name, script)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path / "data"), durability="process")


def pid_of(settings: Settings, name: str) -> int:
    record = read_record(settings.data)
    assert record
    return record.processes[name][0]


async def gone(pid: int) -> None:
    """Return once the process has ended."""
    with contextlib.suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, ended.set)
        await ended.wait()
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)


def is_running(pid: int) -> bool:
    return start_ticks(pid) != 0 and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


async def test_a_fleet_can_be_found_while_it_runs_and_leaves_nothing(settings: Settings) -> None:
    async with Fleet(settings, ["orchestrator", "coder"], command_of=stand_in()) as fleet:
        found = find_running(settings)
        assert found
        assert found.url == fleet.settings.nats_url
        assert found.pid == os.getpid()
        assert set(found.processes) == {"nats-server", "orchestrator", "agents"}
        pids = [pid for pid, _ in found.processes.values()]
        assert all(is_running(pid) for pid in pids)
    assert not any(is_running(pid) for pid in pids)
    assert find_running(settings) is None
    assert not (settings.data / "fleet.json").exists()


async def test_data_directory_is_private(settings: Settings) -> None:
    async with Fleet(settings, ["coder"], command_of=stand_in()):
        assert stat.S_IMODE(settings.data.stat().st_mode) == 0o700
        for name in ("fleet.json", "lock", "version", "logs/agents.log", "credentials/admin", "nats/nats.conf"):
            assert stat.S_IMODE((settings.data / name).stat().st_mode) == 0o600, name


async def test_a_second_fleet_on_the_same_directory_is_refused(settings: Settings) -> None:
    async with Fleet(settings, [], command_of=stand_in()):
        with pytest.raises(DataDirectoryBusy) as refused:
            await Fleet(settings, [], command_of=stand_in()).start()
        assert str(os.getpid()) in refused.value.message
        assert "kill" in refused.value.fix
        assert find_running(settings), "the refused one must not take away the record of the first"


async def test_a_newer_layout_is_refused(settings: Settings) -> None:
    settings.data.mkdir()
    (settings.data / "version").write_text("99\n")
    with pytest.raises(MycoderError, match="layout 99"):
        await Fleet(settings, []).start()


async def test_an_unusable_data_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MycoderError, match="not usable: Not a directory"):
        await Fleet(Settings(data_dir=str(tmp_path / "file" / "data")), []).start()


async def test_a_port_in_use_is_said_so(settings: Settings) -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(MycoderError, match=f"port {port} is in use") as refused:
            await Fleet(settings, [], port).start()
    assert "--port" in refused.value.fix
    assert find_running(settings) is None


async def test_a_role_that_does_not_exist_is_refused_before_anything_starts(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="no role 'coderr'") as refused:
        Fleet(settings, ["coderr"])
    assert "did you mean coder?" in refused.value.fix
    assert not settings.data.exists()


async def test_a_worker_that_cannot_start_ends_the_fleet_with_its_own_words(settings: Settings) -> None:
    fleet = Fleet(settings, ["coder", "executor"], command_of=stand_in(executor=REFUSING))
    with pytest.raises(WorkerFailed) as failed:
        await fleet.start()
    assert failed.value.message == "worker executor could not start: no box here"
    assert failed.value.fix == "build one"
    assert find_running(settings) is None


async def test_a_traceback_is_cut_to_its_last_line(settings: Settings) -> None:
    with pytest.raises(WorkerFailed, match="ModuleNotFoundError: No module named 'nowhere'"):
        await Fleet(settings, ["coder"], command_of=stand_in("import nowhere")).start()


async def test_a_dead_worker_is_started_again(settings: Settings) -> None:
    told = Told()
    async with Fleet(settings, ["coder"], command_of=stand_in(), tell=told):
        first = pid_of(settings, "agents")
        os.kill(first, signal.SIGKILL)
        await told.wait_for("agents is back")
        assert pid_of(settings, "agents") != first
    assert told.sentences[0] == "agents ended (signal 9); starting it again"
    log = [json.loads(line) for line in (settings.data / "logs" / "fleet.log").read_text().splitlines()]
    assert [entry["process"] for entry in log] == ["agents", "agents"]


async def test_a_dead_broker_is_started_again_at_the_same_address(settings: Settings) -> None:
    told = Told()
    async with Fleet(settings, ["coder"], command_of=stand_in(), tell=told) as fleet:
        url, worker = fleet.settings.nats_url, pid_of(settings, "agents")
        os.kill(pid_of(settings, "nats-server"), signal.SIGKILL)
        await told.wait_for("nats-server is back")
        assert fleet.settings.nats_url == url
        assert pid_of(settings, "agents") == worker, "workers reconnect; they are not restarted"


async def test_what_a_worker_started_ends_with_it(settings: Settings) -> None:
    async with Fleet(settings, ["coder"], command_of=stand_in(WITH_CHILD)):
        grandchild = int((settings.data / "logs" / "agents.log").read_text())
        assert is_running(grandchild)
    await gone(grandchild)


async def test_a_stubborn_worker_is_killed_after_the_grace_period(settings: Settings) -> None:
    async with Fleet(settings, ["coder"], command_of=stand_in(STUBBORN), grace_s=0.1):
        pid = pid_of(settings, "agents")
    assert not is_running(pid)


async def test_breaking_off_a_start_leaves_nothing(settings: Settings) -> None:
    starting = asyncio.create_task(
        Fleet(settings, ["coder"], command_of=stand_in("import time; time.sleep(600)")).start()
    )
    log = settings.data / "logs" / "agents.log"
    await eventually(log.exists)  # the worker was spawned; it will never be ready
    pids = [pid for pid, _ in read_record(settings.data).processes.values()]  # type: ignore[union-attr]
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not any(is_running(pid) for pid in pids)
    assert find_running(settings) is None


async def test_only_the_model_role_sees_keys(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    show = f"import os; print('OPENAI_API_KEY' in os.environ, flush=True); {READY}"
    async with Fleet(settings, ["coder", "model"], command_of=stand_in(show)):
        logs = settings.data / "logs"
        assert (logs / "model.log").read_text() == "True\n"
        assert (logs / "agents.log").read_text() == "False\n"


SUPERVISOR = f"""
import asyncio, sys
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.settings import Settings

async def main():
    settings = Settings(data_dir=sys.argv[1], durability="process")
    async with Fleet(settings, ["coder", "executor"], command_of=lambda spec: [sys.executable, "-S", "-c", {READY!r}]):
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_killing_the_supervisor_leaves_no_process_and_the_directory_usable(settings: Settings) -> None:
    supervisor = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SUPERVISOR, settings.data_dir), stdout=subprocess.PIPE
    )
    assert supervisor.stdout
    assert await supervisor.stdout.readline() == b"ready\n"
    record = find_running(settings)
    assert record
    supervisor.kill()
    await supervisor.wait()
    assert find_running(settings) is None, "the record is stale, and nobody may be misled by it"
    async with asyncio.timeout(WITHIN_S):
        for pid, _ in record.processes.values():
            await gone(pid)
    async with Fleet(settings, ["coder"], command_of=stand_in()):
        assert find_running(settings)
