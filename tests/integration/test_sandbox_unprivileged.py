"""Everything that holds for a service run by root holds for one that is nobody in particular."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = [path.name for path in HERE.glob("test_sandbox_*.py") if path.name != Path(__file__).name]
UID = 60917
CANDIDATES = [sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"]

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="already unprivileged: the other files have shown it")


@pytest.mark.timeout(600)
def test_the_same_attacks_fail_against_an_unprivileged_service() -> None:
    home = Path(tempfile.mkdtemp(prefix="mycoder-test-"))  # pytest's own folders are closed to other users
    os.chown(home, UID, UID)
    try:
        environment = _environment(home)
        command = [_interpreter(environment), "-m", "pytest", "-q", "--rootdir", str(ROOT), "-c"]
        command += [
            str(ROOT / "pyproject.toml"),
            "--basetemp",
            str(home / "tmp"),
            *(str(HERE / name) for name in FILES),
        ]
        done = subprocess.run(
            command, env=environment, cwd=home, user=UID, group=UID, extra_groups=[], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    finally:
        subprocess.run(["rm", "-rf", str(home)], check=True)


def _environment(home: Path) -> dict[str, str]:
    """The sources under their installed name, and the installed dependencies, for an interpreter without either."""
    package = home / "path" / "mycoderai"
    package.mkdir(parents=True)
    for name in ("schemas", "broker", "workers", "gateway"):
        (package / name).symlink_to(ROOT / name)
    site = next(path for path in sys.path if path.endswith("site-packages"))
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "PYTHONPATH": f"{package.parent}:{site}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _interpreter(environment: dict[str, str]) -> str:
    for candidate in CANDIDATES:
        try:
            command = [candidate, "-c", "import msgspec, pytest, pytest_asyncio, pytest_timeout"]
            done = subprocess.run(command, env=environment, cwd="/", user=UID, group=UID, extra_groups=[], check=False)
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    pytest.skip("no interpreter that another user can start and that fits the installed packages")
