"""Ctrl-C, SIGTERM and kill -9 at any moment: the right exit code, and nothing left behind."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.cli_support import WITHIN_S, Mycoder, repository, to_the_end, until

TASK = "make the failing tests pass"
SLOW = {
    "slow.py": "import time\n\n\ndef f(x):\n    time.sleep(60)\n    return x\n",
    "test_slow.py": "from slow import f\n\n\ndef test_f():\n    assert f(1) == 2\n",
}


@pytest.fixture
def mycoder(tmp_path: Path) -> Mycoder:
    return Mycoder(tmp_path / "home")


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    return repository(tmp_path / "slow", SLOW)


def until_exists(path: Path, process: subprocess.Popen[str]) -> None:
    """Looked at without a pause: the moment is what is tested."""
    while not path.exists():
        assert process.poll() is None


@pytest.mark.parametrize("moment", ["lock", "nats/nats.conf", "fleet.json", "logs/model.log"])
def test_interrupting_the_start_leaves_nothing(mycoder: Mycoder, slow: Path, moment: str) -> None:
    process = mycoder.start("run", TASK, "--repo", slow)
    until_exists(mycoder.data / moment, process)
    process.send_signal(signal.SIGINT)
    out, err = to_the_end(process)
    assert process.returncode == 130, out + err
    mycoder.assert_clean()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupting_a_run_cancels_it_with_its_fleet(
    mycoder: Mycoder, slow: Path, number: signal.Signals, code: int
) -> None:
    process = mycoder.start("run", TASK, "--repo", slow, "--json")
    run = until(process, "step.opened")["run"]
    process.send_signal(number)
    out, err = to_the_end(process)
    assert process.returncode == code, out + err
    result = json.loads(out.splitlines()[-1])
    assert (result["kind"], result["run"], result["status"]) == ("result", run, "cancelled")
    mycoder.assert_clean()
    assert mycoder("wait", run).code == 3
    mycoder.assert_clean()


def test_a_run_whose_output_nobody_reads_is_cancelled(mycoder: Mycoder, slow: Path) -> None:
    process = mycoder.start("run", TASK, "--repo", slow, "--json")
    run = until(process, "step.started")["run"]
    assert process.stdout
    process.stdout.close()
    assert process.wait(timeout=WITHIN_S) == 141
    assert process.stderr
    assert process.stderr.read() == ""
    process.stderr.close()
    mycoder.assert_clean()
    assert mycoder("wait", run).code == 3


def test_a_second_interrupt_ends_everything_at_once(mycoder: Mycoder, slow: Path) -> None:
    process = mycoder.start("run", TASK, "--repo", slow, "--json")
    until(process, "step.opened")
    process.send_signal(signal.SIGINT)
    until(process, "ask.cancel")
    process.send_signal(signal.SIGINT)
    to_the_end(process)
    assert process.returncode == 130
    assert not (mycoder.data / "fleet.json").exists()
    assert mycoder("ls").code == 0, "the data directory is free and sound"
    mycoder.until_gone()


def test_interrupting_on_a_running_fleet_detaches_and_cancel_stops_the_run(mycoder: Mycoder, slow: Path) -> None:
    with mycoder.up():
        process = mycoder.start("run", TASK, "--repo", slow, "--json")
        run = until(process, "step.opened")["run"]
        process.send_signal(signal.SIGINT)
        _, err = to_the_end(process)
        assert process.returncode == 130
        assert "The run goes on." in err
        assert f"mycoder cancel {run}" in err
        assert mycoder("show", run, "--json").result["status"] == "running"
        pending = mycoder("wait", run, "--timeout", "0.1")
        assert pending.code == 8
        assert mycoder("pull", run).code == 8, "there is no branch yet"
        assert mycoder("cancel", run).code == 0
        assert mycoder("wait", run, "--timeout", str(WITHIN_S)).code == 3
    mycoder.assert_clean()


def test_a_run_that_was_cut_off_is_finished_by_the_next_fleet(mycoder: Mycoder, slow: Path) -> None:
    """kill -9 of the command: no process survives, nothing accepted is lost."""
    process = mycoder.start("run", TASK, "--repo", slow, "--json")
    run = until(process, "step.opened")["run"]
    process.kill()
    to_the_end(process)
    mycoder.until_gone()
    assert mycoder("wait", run).code == 8, "no fleet runs, and it says so instead of waiting for ever"
    with mycoder.up():
        assert mycoder("cancel", run).code == 0
        assert mycoder("wait", run, "--timeout", str(WITHIN_S)).code == 3
    assert not mycoder.processes()


def test_a_run_goes_on_when_the_fleet_was_stopped_and_started_again(mycoder: Mycoder, slow: Path) -> None:
    with mycoder.up():
        process = mycoder.start("run", TASK, "--repo", slow, "--json")
        run = until(process, "step.opened")["run"]
        process.send_signal(signal.SIGINT)
        to_the_end(process)
    mycoder.assert_clean()
    with mycoder.up():
        process = mycoder.start("logs", "-f", run, "--json")
        until(process, "step.started")
        until(process, "step.started")  # the second attempt
        process.send_signal(signal.SIGINT)
        to_the_end(process)
        assert process.returncode == 130
        assert mycoder("cancel", run).code == 0
        assert mycoder("wait", run, "--timeout", str(WITHIN_S)).code == 3
    mycoder.assert_clean()
