"""The settings over HTTP: where each comes from, and changing one in the user's file."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fleet_support import RunningFleet
from gateway_support import Gateway, gateway

from mycoderai.gateway.origins import VARIABLE, Origins

StartFleet = Callable[..., Awaitable[RunningFleet]]


async def setting(served: Gateway, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in (await served.get("/api/v1/config")).json["settings"] if one["name"] == name
    )
    return found


async def change(served: Gateway, name: str, value: object) -> Any:
    return await served.send("PUT", "/api/v1/config", {"name": name, "value": value})


async def test_a_setting_is_told_with_its_source_and_changed_in_the_file_of_the_user(
    start_fleet: StartFleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, project = tmp_path / "config" / "mycoder" / "config.toml", tmp_path / "mycoder.toml"
    file.parent.mkdir(parents=True)
    file.write_text("# mine\nslots = 3\n\n[prices]\n'acme/large' = [1.0, 2.0]\n")
    sources = {"slots": str(file), "steps_per_run": str(project), "log_level": "MYCODER_LOG_LEVEL", "redis_url": "flag"}
    told = Origins(sources=sources, files=(str(file), str(project)))
    monkeypatch.setenv(VARIABLE, msgspec.json.encode(told).decode())
    fleet = await start_fleet((), slots=3)  # without memory there are fewer suggestions, and nothing else
    settings = msgspec.structs.replace(fleet.settings, redis_url="redis://me:secret@127.0.0.1:1/0")
    async with gateway(settings) as served:
        shown = await served.get("/api/v1/config")
        assert "secret" not in shown.text
        assert (shown.json["file"], shown.json["files"], shown.json["problem"]) == (str(file), list(told.files), "")
        assert shown.json["models"][0] == "offline/repair"
        slots = await setting(served, "slots")
        assert (slots["value"], slots["default"], slots["source"], slots["editable"]) == (3, 4, str(file), True)
        assert slots["about"] == "Steps one agent worker takes at a time."
        assert (slots["restart"], (await setting(served, "nats_url"))["source"]) == (False, "fleet")
        assert "debug" in (await setting(served, "log_level"))["choices"]
        written = await change(served, "slots", 9)
        assert (written.status, written.json["shadowed_by"]) == (200, "")
        assert file.read_text() == "# mine\nslots = 9\n\n[prices]\n'acme/large' = [1.0, 2.0]\n"
        slots = await setting(served, "slots")
        assert (slots["value"], slots["next"], slots["restart"]) == (3, 9, True)
        shadowed = await change(served, "steps_per_run", 8)
        assert (shadowed.json["shadowed_by"], shadowed.json["setting"]["restart"]) == (str(project), False)
        assert (await change(served, "slots", None)).json["setting"]["next"] == 4
        for name, value, status in (("slots", "many", 400), ("trust_code", True, 409), ("nats_server", "/x", 409)):
            assert (await change(served, name, value)).status == status, name
        kept = file.read_text()
        file.write_text("slots = [")
        assert "not valid TOML" in (await served.get("/api/v1/config")).json["problem"]
        assert (await change(served, "slots", 2)).status == 400
    assert "trust_code" not in kept
