"""A real fleet per test: broker, orchestrator, agents, executor, model and memory as processes of their own."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

# With importlib mode a test folder is no package; what tests share is imported by its plain name.
sys.path.insert(0, str(Path(__file__).parent))

from eventually import WITHIN_S
from fleet_support import ALL_ROLES, RunningFleet, committed
from gateway_support import Shared, gateway

from mycoderai.broker.connect import connect
from mycoderai.gateway.fleet import Fleet
from mycoderai.schemas.ids import new_id
from mycoderai.schemas.settings import load

StartFleet = Callable[..., Awaitable[RunningFleet]]


@asynccontextmanager
async def fleets(folder: Path) -> AsyncIterator[StartFleet]:
    """Starts fleets with their data in a folder; they end with the block."""
    async with AsyncExitStack() as stack:

        async def start(roles: tuple[str, ...] = ALL_ROLES, name: str = "data", **changes: object) -> RunningFleet:
            settings, _ = load({"HOME": str(folder), "MYCODER_DATA_DIR": str(folder / name)}, changes, cwd=folder)
            fleet = await stack.enter_async_context(Fleet(settings, roles))
            client = await connect(fleet.settings, "client")
            stack.push_async_callback(client.close)
            return RunningFleet(fleet, client, stack, folder)

        yield start


@pytest.fixture
async def start_fleet(tmp_path: Path) -> AsyncIterator[StartFleet]:
    async with fleets(tmp_path) as start:
        yield start


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shared]:
    """A fleet of the roles that `sharing` names and a gateway of it, for tests that do not disturb each other."""
    async with fleets(tmp_path_factory.mktemp("shared")) as start:
        fleet = await start(request.param)
        async with gateway(fleet.settings) as served:
            yield Shared(fleet, served)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(shared: Shared) -> AsyncIterator[Shared]:
    """Another gateway of that fleet, which demands a token of everybody."""
    settings = msgspec.structs.replace(shared.fleet.settings, gateway_access="token")
    async with gateway(settings) as served:
        yield Shared(shared.fleet, served)


@pytest.fixture
def patient_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the host: an answer waits until memory has what was asked for."""
    monkeypatch.setattr("mycoderai.workers.memory.service.Service.wait_s", WITHIN_S)


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """A git repository with one commit of the files given."""

    return lambda files: committed(tmp_path / f"repo-{new_id()}", files)
