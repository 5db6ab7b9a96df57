"""Settings of the model role: prices from files and variables, passed on to workers; when a worker is too large."""

import asyncio
from pathlib import Path

import pytest

from mycoderai.gateway.fleet_plan import settings_as_variables
from mycoderai.schemas.errors import ConfigError
from mycoderai.schemas.settings import ModelSettings, load
from mycoderai.workers.model.recycle import until_stopped_or_too_large

PRICES = {"openai/my-model": (0.5, 1.5)}


def test_prices_come_from_the_file_and_from_a_variable_and_reach_the_workers(tmp_path: Path) -> None:
    (tmp_path / "mycoder.toml").write_text('[prices]\n"openai/my-model" = [0.5, 1.5]\n')
    from_file, _ = load({"HOME": str(tmp_path)}, cwd=tmp_path)
    passed_on = settings_as_variables(from_file) | {"HOME": str(tmp_path)}
    from_variable, _ = load(passed_on, cwd=tmp_path / "elsewhere")
    assert from_file.prices == from_variable.prices == PRICES


def test_what_is_wanted_of_a_model_comes_from_the_file_and_from_a_variable_and_reaches_the_workers(
    tmp_path: Path,
) -> None:
    text = '[models."openai/my-model"]\ncontext_window = 32000\nreasoning_effort = "low"\n'
    (tmp_path / "mycoder.toml").write_text(text)
    from_file, _ = load({"HOME": str(tmp_path)}, cwd=tmp_path)
    passed_on = settings_as_variables(from_file) | {"HOME": str(tmp_path)}
    from_variable, _ = load(passed_on, cwd=tmp_path / "elsewhere")
    wanted = {"openai/my-model": ModelSettings(context_window=32_000, reasoning_effort="low")}
    assert from_file.models == from_variable.models == wanted


@pytest.mark.parametrize(
    "text",
    ["{", '{"a": 3}', '{"a": {"context_window": -1}}', '{"a": {"reasoning_effort": "much"}}', '{"a": {"window": 1}}'],
)
def test_wishes_that_are_none_are_refused_with_where_they_came_from(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="MYCODER_MODELS"):
        load({"HOME": str(tmp_path), "MYCODER_MODELS": text}, cwd=tmp_path)


@pytest.mark.parametrize("text", ["{", "[1, 2]", '{"a": [1]}', '{"a": [1, -2]}', '{"a": "free"}'])
def test_prices_that_are_none_are_refused_with_where_they_came_from(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="MYCODER_PRICES"):
        load({"HOME": str(tmp_path), "MYCODER_PRICES": text}, cwd=tmp_path)


@pytest.mark.parametrize(
    ("size", "idle", "ends"), [(90, True, False), (110, True, True), (110, False, False), (210, False, True)]
)
async def test_a_worker_ends_when_it_is_too_large_and_idle_or_twice_too_large(
    size: float, idle: bool, ends: bool
) -> None:
    watch = asyncio.create_task(
        until_stopped_or_too_large(stop := asyncio.Event(), 100, lambda: idle, 0.001, lambda: size)
    )
    ended, _ = await asyncio.wait({watch}, timeout=60 if ends else 0.05)
    assert bool(ended) is ends
    stop.set()
    await watch
