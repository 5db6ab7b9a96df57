"""Which processes a fleet has, how they are started, when they are restarted."""

import msgspec
import pytest

from mycoderai.gateway.fleet_keeper import Backoff
from mycoderai.gateway.fleet_plan import DEFAULT_ROLES, plan, settings_as_variables, worker_command, worker_environment
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import Settings, load

SETTINGS = Settings(data_dir="/data", pools=("docs",), trust_code=True, nats_url="nats://h:1")


def test_the_default_fleet_puts_every_built_in_pool_into_one_process() -> None:
    by_name = {spec.name: spec.roles for spec in plan(DEFAULT_ROLES, SETTINGS)}
    assert by_name == {
        "orchestrator": ("orchestrator",),
        "agents": ("planner", "coder", "tester", "reviewer", "resolver", "noop"),
        "executor": ("executor",),
        "model": ("model",),
        "memory": ("memory",),
        "gateway": ("gateway",),
    }


def test_an_own_pool_has_a_process_of_its_own() -> None:
    assert [spec.name for spec in plan(["coder", "docs"], SETTINGS)] == ["docs", "agents"]


def test_a_role_named_twice_is_started_once() -> None:
    assert [spec.roles for spec in plan(["coder", "coder"], SETTINGS)] == [("coder",)]


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ConfigError, match="no role 'janitor'"):
        plan(["janitor"], SETTINGS)


def test_the_command_names_every_role() -> None:
    (spec,) = plan(["coder", "tester"], SETTINGS)
    assert worker_command(spec)[1:] == ["-m", "mycoderai.workers", "--role", "coder", "--role", "tester"]


def test_the_gateway_is_a_program_of_its_own() -> None:
    (spec,) = plan(["gateway"], SETTINGS)
    assert worker_command(spec)[1:] == ["-m", "mycoderai.gateway.app"]


def test_workers_read_back_the_settings_they_are_given() -> None:
    assert load(settings_as_variables(SETTINGS))[0] == SETTINGS


def test_keys_reach_the_model_role_only() -> None:
    base = {"OPENAI_API_KEY": "x", "GITHUB_TOKEN": "y", "PATH": "/bin", "MYCODER_MODEL": "from the environment"}
    coder, model = (worker_environment(SETTINGS, plan([role], SETTINGS)[0], base) for role in ("coder", "model"))
    assert "OPENAI_API_KEY" not in coder
    assert "GITHUB_TOKEN" not in coder
    assert model["OPENAI_API_KEY"] == "x"
    assert coder["PATH"] == "/bin"
    assert coder["MYCODER_MODEL"] == "offline/repair"


def test_only_memory_is_told_where_the_redis_is() -> None:
    shared = msgspec.structs.replace(SETTINGS, redis_url="redis://:secret@host/0")
    base = {"MYCODER_REDIS_URL": shared.redis_url}
    told = {role: worker_environment(shared, plan([role], shared)[0], base) for role in ("coder", "memory", "model")}
    assert [role for role, env in told.items() if "MYCODER_REDIS_URL" in env] == ["memory"]


def test_pauses_between_restarts_double_up_to_a_bound() -> None:
    backoff = Backoff(clock=lambda: 0.0, jitter=lambda: 0.5)
    assert [backoff.pause_s() for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_pauses_start_over_after_a_healthy_spell() -> None:
    now = 0.0
    backoff = Backoff(clock=lambda: now, jitter=lambda: 0.5)
    backoff.pause_s()
    backoff.pause_s()
    backoff.started()
    now = 31.0
    assert backoff.pause_s() == 0.2


def test_jitter_stays_within_a_quarter() -> None:
    assert Backoff(clock=lambda: 0.0, jitter=lambda: 0.0).pause_s() == pytest.approx(0.15)
    assert Backoff(clock=lambda: 0.0, jitter=lambda: 1.0).pause_s() == pytest.approx(0.25)
