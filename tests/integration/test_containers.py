"""The compose file and the image describe the same fleet as the supervisor. No engine runs here, so the parts are held
to the code they must agree with, and what runs inside them is run."""

import asyncio
import importlib.util
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from eventually import WITHIN_S, eventually
from fleet_support import RunningFleet

from mycoderai.broker.connect import connect
from mycoderai.broker.server import find_binary
from mycoderai.gateway.fleet_broker import declare_streams
from mycoderai.gateway.fleet_plan import DEFAULT_ROLES, plan
from mycoderai.schemas.settings import Settings, load

INFRA = Path(__file__).parents[2] / "infra"
COMPOSE: dict[str, Any] = yaml.safe_load((INFRA / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
BESIDE_WORKERS = {"setup", "nats", "streams", "watch", "cli"}
SPECS = {spec.name: spec for spec in plan(DEFAULT_ROLES, Settings(data_dir="/data"))}


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """infra/container.py, with the container's folders in a place of ours."""
    spec = importlib.util.spec_from_file_location("container", INFRA / "container.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "BROKER", tmp_path / "broker")
    monkeypatch.setattr(module, "PASSWORDS", tmp_path / "credentials")
    for name in mounted("setup"):
        if name.startswith("/credentials/"):
            (tmp_path / name[1:]).mkdir(parents=True)
    return module


def mounted(service: str) -> dict[str, str]:
    """Place in the container to volume."""
    pairs = [entry.split(":") for entry in SERVICES[service].get("volumes", [])]
    return {pair[1]: pair[0] for pair in pairs}


def test_the_services_are_the_fleet_s_processes() -> None:
    assert set(SERVICES) - BESIDE_WORKERS == set(SPECS)


@pytest.mark.parametrize("name", SPECS)
def test_a_service_plays_its_process_s_roles(name: str) -> None:
    command = SERVICES[name]["command"]
    if name == "gateway":
        assert command[0] == "gateway"
        return
    assert command[0] == "worker"
    assert command[1::2] == ["--role"] * len(SPECS[name].roles)
    assert tuple(command[2::2]) == SPECS[name].roles


def test_every_variable_is_a_setting() -> None:
    known = {f"MYCODER_{field.upper()}" for field in Settings.__struct_fields__}
    for name, service in SERVICES.items():
        assert set(service.get("environment", {})) <= known, name


def test_only_the_page_is_published_and_on_this_host_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"gateway": ["127.0.0.1:8730:8730"]}
    assert COMPOSE["networks"]["fleet"]["internal"]
    outside = {name for name, service in SERVICES.items() if "outside" in service.get("networks", [])}
    assert outside == {"gateway", "model"}


def test_services_wait_for_what_they_need_and_tell_how_they_are() -> None:
    for name in (*SPECS, "watch"):
        assert SERVICES[name]["depends_on"] == {"streams": {"condition": "service_completed_successfully"}}
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES["streams"]["depends_on"] == {"nats": {"condition": "service_healthy"}}
    assert SERVICES["nats"]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}


def test_each_service_holds_the_passwords_of_its_own_roles(container: Any, tmp_path: Path) -> None:
    settings = load({"MYCODER_DATA_DIR": str(tmp_path)}, cwd=tmp_path)[0]
    container.configure(settings)
    held = container.roles_of(settings)
    volumes = mounted("setup")
    for service, roles in held.items():
        folder = tmp_path / "credentials" / service
        assert {path.name for path in folder.iterdir()} == set(roles)
        assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())
        assert mounted(service)["/credentials/own"] == volumes[f"/credentials/{service}"]
    image = (INFRA / "Dockerfile").read_text()
    assert f"for name in {' '.join([*SPECS, 'streams', 'cli'])}; do" in image, "volumes take their owner from these"
    used = {volume for name in SERVICES for volume in mounted(name).values()}
    assert used == set(COMPOSE["volumes"])


def test_a_service_of_its_own_sees_to_the_streams() -> None:
    assert SERVICES["watch"]["command"] == ["broker"], "with an address it sees to the streams of that broker"
    assert mounted("watch")["/credentials/own"] == mounted("streams")["/credentials/own"], "the administrator's"


async def test_the_broker_of_the_containers_is_the_embedded_one(container: Any, tmp_path: Path) -> None:
    settings = load({"MYCODER_DATA_DIR": str(tmp_path), "MYCODER_SHARDS": "2"}, cwd=tmp_path)[0]
    container.configure(settings)
    before = (tmp_path / "broker" / "nats.conf").read_text()
    container.configure(settings)
    assert (tmp_path / "broker" / "nats.conf").read_text() == before, "a second start changes nothing"

    config = json.loads(before) | {"host": "127.0.0.1", "port": -1, "http": "127.0.0.1:-1"}
    trial = tmp_path / "trial.conf"
    trial.write_text(json.dumps(config))
    server = await asyncio.create_subprocess_exec(
        find_binary(settings), "-c", str(trial), stderr=asyncio.subprocess.PIPE
    )
    try:
        url = await _url(server)
        held = [
            msgspec.structs.replace(settings, nats_url=url, credentials_dir=str(tmp_path / "credentials" / name))
            for name in ("streams", "agents")
        ]
        await declare_streams(held[0])
        await eventually(lambda: not container.connected(held[1]))  # the one that declared is gone
        client = await connect(held[1], "coder")
        assert container.connected(held[1]), "what the health check looks for"
        await client.close()
    finally:
        server.terminate()
        await server.wait()


async def _url(server: asyncio.subprocess.Process) -> str:
    """As the server says it before it is ready."""
    assert server.stderr
    said = ""
    async with asyncio.timeout(WITHIN_S):
        while "Server is ready" not in said:
            line = (await server.stderr.readline()).decode()
            assert line, f"the server ended: {said}"
            said += line
    return f"nats://{said.partition('client connections on ')[2].split()[0]}"


async def test_the_health_checks_of_nats_and_gateway_run(start_fleet: Any, tmp_path: Path) -> None:
    """The gateway's against a real one; the URL of the check is replaced by that of ours."""
    from gateway_support import gateway

    fleet: RunningFleet = await start_fleet(("memory",))
    *_, script = SERVICES["gateway"]["healthcheck"]["test"]
    async with gateway(fleet.settings) as served:
        check = [sys.executable, "-c", script.replace("http://127.0.0.1:8730", served.url)]

        async def healthy() -> bool:
            return (await asyncio.to_thread(subprocess.run, check, env=os.environ)).returncode == 0

        await eventually(healthy)  # as an engine asks: again, where an answer took too long
