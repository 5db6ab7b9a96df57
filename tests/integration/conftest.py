"""A real fleet per test: broker, orchestrator, agents, executor, model and memory as processes of their own."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

# With importlib mode a test folder is no package; what tests share is imported by its plain name.
sys.path.insert(0, str(Path(__file__).parent))

from fleet_support import ALL_ROLES, RunningFleet, committed

from mycoderai.broker.connect import connect
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import load

StartFleet = Callable[..., Awaitable[RunningFleet]]


@pytest.fixture
async def start_fleet(tmp_path: Path) -> AsyncIterator[StartFleet]:
    async with AsyncExitStack() as stack:

        async def start(roles: tuple[str, ...] = ALL_ROLES, name: str = "data", **changes: object) -> RunningFleet:
            settings, _ = load({"HOME": str(tmp_path), "MYCODER_DATA_DIR": str(tmp_path / name)}, changes, cwd=tmp_path)
            fleet = await stack.enter_async_context(Fleet(settings, roles))
            client = await connect(fleet.settings, "client")
            stack.push_async_callback(client.close)
            return RunningFleet(fleet, client, stack, tmp_path)

        yield start


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """A git repository with one commit of the files given."""

    return lambda files: committed(tmp_path / f"repo-{new_id()}", files)
