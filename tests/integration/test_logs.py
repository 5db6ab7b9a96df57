"""Logs are for machines and people, and for nobody's secrets."""

import json
from pathlib import Path
from typing import Any

from eventually import eventually

from mycoderai.schemas.events import RunSubmitted

FILES = {
    "calc.py": "def total(items):\n    return -sum(items)\n",
    "test_calc.py": "from calc import total\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
}


async def test_every_line_is_json_names_its_run_and_holds_no_secret(start_fleet, make_repo, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-4f1c")
    fleet = await start_fleet(log_level="debug")
    log = await fleet.submit(RunSubmitted(task="make the failing tests pass"), make_repo(FILES))
    assert (await fleet.finished(log)).status == "succeeded"
    data = fleet.settings.data

    def step_ended() -> list[dict[str, Any]]:
        # The agent writes this line once the step's end is stored, so a run can be over before it stands there.
        written = (data / "logs" / "agents.log").read_text().splitlines(keepends=True)
        lines = [json.loads(line) for line in written if line.endswith("\n")]
        return [line for line in lines if line["event"] == "step.ended"]

    [ended] = await eventually(step_ended)
    assert (ended["run"], ended["step"], ended["attempt"]) == (log.run, "main", 1)
    secrets = [file.read_text() for file in (data / "credentials").iterdir()] + ["sk-canary-4f1c"]
    logs = sorted((data / "logs").iterdir())
    assert {path.stem for path in logs} >= {"agents", "executor", "model", "orchestrator", "memory"}
    for path in (*logs, data / "nats" / "nats.log"):
        text = path.read_text()
        assert not [secret for secret in secrets if secret in text], f"a secret stands in {path.name}"
        assert path.stat().st_mode & 0o077 == 0, f"{path.name} can be read by others"


async def test_no_secret_of_the_fleet_is_in_the_events(start_fleet, make_repo, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-4f1c")
    fleet = await start_fleet()
    files = FILES | {"test_env.py": "import os\n\ndef test_env():\n    print(dict(os.environ))\n    assert 0\n"}
    log = await fleet.submit(RunSubmitted(task="make the failing tests pass"), make_repo(files))
    await fleet.finished(log)
    stored = repr(await fleet.events(log))
    secrets = [path.read_text() for path in Path(fleet.settings.data / "credentials").iterdir()]
    assert not [secret for secret in (*secrets, "sk-canary-4f1c") if secret in stored]
