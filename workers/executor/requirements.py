"""Virtual environments for sessions: bare ones, and ones with the repository's own requirements.

Requirements are installed once per set, in a box that has the network.
"""

import asyncio
import contextlib
import hashlib
import os
import shutil
import sys
from pathlib import Path

import structlog

from mycoderai.schemas.errors import MycoderError, RefusedError
from mycoderai.schemas.execution import Policy
from mycoderai.schemas.failure import Failure, FailureCode
from mycoderai.schemas.ids import new_id
from mycoderai.workers.core.requirements import Requirements
from mycoderai.workers.executor.boxes import ENVIRONMENT
from mycoderai.workers.executor.sandbox import BoxSpec, Limits, Sandbox, python_toolchain

INSTALL_LIMIT_S = 600.0
PIP_CONFIG = "/opt/pip.conf"
COMPLETE = ".complete"
log = structlog.get_logger()


async def bare_environment(cache: Path, *, with_host_packages: bool) -> Path:
    """An environment without packages of its own. The host's packages stay out of it unless they are asked for:
    what happens to be installed there, pytest plugins above all, is no business of the repository's."""
    toolchain = python_toolchain()
    kind = "host" if with_host_packages else "bare"
    environment = cache / f"{kind}-{hashlib.blake2b(sys.version.encode(), digest_size=8).hexdigest()}"
    if (environment / COMPLETE).exists():
        return environment
    part = environment.with_name(f".{environment.name}.{new_id()}")
    options = ["--system-site-packages"] if with_host_packages else []
    process = await asyncio.create_subprocess_exec(
        *(toolchain.executable_in_box, "-I", "-m", "venv", "--without-pip", *options, str(part)),
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise MycoderError(f"no virtual environment could be made: {errors.decode(errors='replace')[-500:]}")
    (part / COMPLETE).touch()
    with contextlib.suppress(OSError):  # another executor was faster
        part.rename(environment)
    await asyncio.to_thread(shutil.rmtree, part, ignore_errors=True)
    return environment


async def install(
    sandbox: Sandbox, cache: Path, checkout: Path, needed: Requirements, texts: dict[str, str], policy: Policy
) -> Path:
    """The environment with the requirements, made when it is not in the cache. Raises RefusedError."""
    environment = cache / _key(needed, texts)
    if (environment / COMPLETE).exists():
        return environment
    await asyncio.to_thread(shutil.rmtree, environment, ignore_errors=True)
    environment.mkdir(parents=True)
    toolchain = python_toolchain()
    mounts = dict(toolchain.read_only)
    env = {"PATH": toolchain.path} | {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    if config := _pip_config():
        mounts[config] = PIP_CONFIG
        env["PIP_CONFIG_FILE"] = PIP_CONFIG
    mounts |= {path: str(path) for path in _local_indexes(env)}
    spec = BoxSpec(
        workspace=checkout,
        read_only=mounts,
        writable={environment: ENVIRONMENT},
        env=env,
        limits=Limits(wall_s=INSTALL_LIMIT_S, cpu_s=int(INSTALL_LIMIT_S), memory_bytes=policy.memory_bytes),
        network=True,
    )
    script = f'"$0" -m venv {ENVIRONMENT} && {ENVIRONMENT}/bin/python -m pip install --quiet --no-input "$@"'
    result = await sandbox.run(["/bin/sh", "-c", script, toolchain.executable_in_box, *_arguments(needed)], spec)
    if result.exit_code != 0 or result.ended_by != "exit":
        tail = result.output.decode(errors="replace").strip()[-1500:]
        raise RefusedError(
            Failure(
                code=FailureCode.NOT_IMPORTABLE,
                message=f"The repository's requirements ({needed}) could not be installed: {tail}",
                fix="correct the requirements, or run without --install",
            )
        )
    (environment / COMPLETE).touch()
    log.info("requirements.installed", seconds=round(result.duration_s, 1), requirements=str(needed))
    return environment


def _arguments(needed: Requirements) -> list[str]:
    return [argument for file in needed.files for argument in ("-r", file)] + list(needed.specs)


def _key(needed: Requirements, texts: dict[str, str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{sys.version}\0{needed.files}\0{needed.specs}\0".encode())
    for name in sorted(texts):
        digest.update(f"{name}\0{texts[name]}\0".encode())
    return digest.hexdigest()


def _pip_config() -> Path | None:
    """The person's pip configuration, so that an index of their own is used."""
    candidates = [os.environ.get("PIP_CONFIG_FILE", ""), os.path.expanduser("~/.config/pip/pip.conf"), "/etc/pip.conf"]
    return next((Path(path).resolve() for path in candidates if path and os.path.isfile(path)), None)


def _local_indexes(env: dict[str, str]) -> list[Path]:
    paths = [Path(word) for word in env.get("PIP_FIND_LINKS", "").split() if word.startswith("/")]
    return [path.resolve() for path in paths if path.is_dir()]
