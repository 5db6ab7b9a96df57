"""What a step finds in its workspace: the code, a history of its own, the requirements when they are granted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eventually import eventually

from mycoderai.schemas.events import RunSubmitted, StepOpened, StepTurn
from mycoderai.schemas.execution import Policy

Turns = list[list[tuple[str, dict[str, Any]]]]


@pytest.fixture
def outputs(start_fleet, make_repo, tmp_path: Path) -> Callable[..., Any]:
    """Run shell commands as one step's turns and return what they printed, and the step's opening."""

    async def run(files: dict[str, str], commands: list[str], **policy: Any) -> tuple[list[str], StepOpened]:
        turns = [[{"name": "bash", "arguments": {"command": command}}] for command in commands]
        turns.append([{"name": "give_up", "arguments": {"reason": "seen enough"}}])
        script = tmp_path / "script.json"
        script.write_text(json.dumps(turns))
        fleet = await start_fleet()
        submission = RunSubmitted(task="look", model=f"scripted:{script}", policy=Policy(**policy))
        log = await fleet.submit(submission, make_repo(files))
        finished = await fleet.finished(log)
        assert finished.failure
        assert finished.failure.message == "seen enough"
        events = await fleet.events(log)
        shown = [turn.results[0].output for turn in events if isinstance(turn, StepTurn)]
        return shown, next(event for event in events if isinstance(event, StepOpened))

    return run


async def test_git_answers_from_a_history_that_the_host_never_reads(outputs) -> None:
    commands = [
        "git status --short; git log --oneline | wc -l",
        "echo x >> a.py; git config core.fsmonitor 'touch /ws/pwned'; git config core.hooksPath /ws",
        "git diff --stat; ls",
    ]
    shown, _ = await outputs({"a.py": "y = 1\n"}, commands)
    assert shown[0].split() == ["1"]
    assert "a.py | 1 +" in shown[2]


async def test_the_hosts_own_packages_and_environment_stay_out(outputs, monkeypatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-7f3a")
    commands = [
        "env; cat /proc/1/environ /proc/self/environ | tr '\\0' '\\n'; ls /root /home /work 2>&1 | head -3",
        "python3 -c 'import nats' 2>&1 | tail -1; python3 -m pytest --version",
    ]
    shown, _ = await outputs({"a.py": "y = 1\n"}, commands)
    assert "canary-7f3a" not in shown[0]
    assert "MYCODER" not in shown[0]
    assert "No module named 'nats'" in shown[1]
    assert "pytest 9" in shown[1]


async def test_requirements_are_not_installed_unless_granted_and_the_run_says_so(outputs) -> None:
    files = {"a.py": "y = 1\n", "requirements.txt": "six==1.16.0\n"}
    _, opened = await outputs(files, ["true"])
    assert "requirements.txt" in opened.notes[0]
    assert "--install" in opened.notes[0]


async def test_granted_requirements_are_there_and_the_network_is_not(outputs) -> None:
    files = {
        "a.py": "y = 1\n",
        "requirements.txt": "six==1.16.0\n",
        "pyproject.toml": '[project]\nname = "a"\nversion = "1"\n[dependency-groups]\ntest = ["iniconfig"]\n',
    }
    commands = [
        "python3 -c 'import six, iniconfig; print(six.__version__)'; python3 -m pytest --version",
        "python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 2)' 2>&1 | tail -1",
    ]
    shown, opened = await outputs(files, commands, install_requirements=True)
    assert opened.notes == ("Installed the repository's requirements (requirements.txt, pyproject.toml).",)
    assert shown[0].startswith("1.16.0\npytest 9")
    assert "unreachable" in shown[1]


async def test_what_cannot_be_installed_ends_the_run_with_pips_words(start_fleet, make_repo) -> None:
    fleet = await start_fleet()
    repo = make_repo({"requirements.txt": "no-such-package-7f3a==1.0\n"})
    log = await fleet.submit(RunSubmitted(task="x", policy=Policy(install_requirements=True)), repo)
    finished = await fleet.finished(log)
    assert finished.failure
    assert finished.failure.code == "not_importable"
    assert "no-such-package-7f3a" in finished.failure.message


async def test_nothing_of_a_run_stays_on_the_executors_disk(start_fleet, make_repo, tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    dirty = {"name": "bash", "arguments": {"command": "mkdir -p deep/er; echo x > deep/er/file; chmod 0 deep"}}
    script.write_text(json.dumps([[dirty], [{"name": "give_up", "arguments": {"reason": "enough"}}]]))
    fleet = await start_fleet()
    log = await fleet.submit(RunSubmitted(task="look", model=f"scripted:{script}"), make_repo({"a.py": "y = 1\n"}))
    await fleet.finished(log)
    work = fleet.settings.data / "work"
    await eventually(lambda: not any(work.glob(f"*/{log.run}")))
