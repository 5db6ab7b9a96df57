"""What a worker's process takes in before it works: every fleet pays for it several times."""

import subprocess
import sys

import pytest

START = "import mycoderai.workers.__main__, sys; import mycoderai.workers.{}; "
ROLES = ["orchestrator", "steps", "executor.worker", "model.worker", "memory.worker"]


def printed(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("role", ROLES)
def test_a_worker_starts_without_what_it_does_not_need(role: str) -> None:
    unwanted = "{'litellm', 'rich', 'pygments', 'click', 'starlette', 'aiohttp'}"
    assert printed(START.format(role) + f"print(*({unwanted} & set(sys.modules)))") == ""


def test_a_handler_may_still_use_rich() -> None:
    assert "Console" in printed(START.format("steps") + "import rich.console; print(rich.console.Console)")


def test_the_gateway_starts_without_the_brokers_that_socketio_knows() -> None:
    unwanted = "{'litellm', 'rich', 'pygments', 'redis', 'kombu', 'aiosqlite'}"
    assert printed(f"import mycoderai.gateway.app, sys; print(*({unwanted} & set(sys.modules)))") == ""
