"""What every command of a session sees: interpreter, pytest and the toolbox, mounted read-only."""

import functools
import importlib.metadata
from pathlib import Path

import msgspec

from mycoderai.schemas.execution import Policy
from mycoderai.workers.executor.sandbox import BoxSpec, Limits, python_toolchain

TOOLBOX = "/opt/mycoder"
PYTEST = "/opt/pytest"
ENVIRONMENT = "/opt/env"
OUT = "/opt/out"
_TOOLBOX_FOLDER = Path(__file__).parent / "toolbox"
_PYTEST_PARTS = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """Mounts and environment shared by the boxes of a session."""

    mounts: dict[Path, str]
    env: dict[str, str]
    python: str

    def spec(self, workspace: Path, policy: Policy, wall_s: float, out: Path | None = None) -> BoxSpec:
        return BoxSpec(
            workspace=workspace,
            read_only=self.mounts,
            writable={out: OUT} if out else {},
            env=self.env,
            limits=Limits(
                wall_s=wall_s,
                cpu_s=int(wall_s * 2) + 10,
                memory_bytes=policy.memory_bytes,
                processes=policy.processes,
            ),
        )


def make_kit(environment: Path) -> Kit:
    """environment: the virtual environment of the session; pytest is added where it has none."""
    toolchain = python_toolchain()
    mounts = dict(toolchain.read_only) | {_TOOLBOX_FOLDER: TOOLBOX, environment: ENVIRONMENT}
    python_path = [TOOLBOX, "/ws/src", "/ws"]
    if not _has_pytest(environment):
        mounts |= _pytest_mounts()
        python_path.append(PYTEST)
    env = {
        "PATH": f"{ENVIRONMENT}/bin:{toolchain.path}",
        "PYTHONPATH": ":".join(python_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
    }
    return Kit(mounts=mounts, env=env, python=f"{ENVIRONMENT}/bin/python")


def _has_pytest(environment: Path) -> bool:
    return any(environment.glob("lib/python3*/site-packages/pytest"))


@functools.cache
def _pytest_mounts() -> dict[Path, str]:
    """The service's own pytest and what it stands on, each package mounted by itself."""
    mounts = {}
    for distribution in map(importlib.metadata.distribution, _PYTEST_PARTS):
        for file in distribution.files or ():
            top = file.parts[0]
            if not top.endswith(".dist-info") and top not in ("..", "__pycache__"):
                mounts[Path(str(distribution.locate_file(top)))] = f"{PYTEST}/{top}"
    return mounts
