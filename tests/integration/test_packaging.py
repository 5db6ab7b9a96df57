"""What is installed is what is here: every package, the page, and nothing by a bare name."""

import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("schemas", "broker", "workers", "gateway")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME, DEVELOPMENT = (ROOT / "infra" / "requirements" / name for name in ("runtime.txt", "dev.txt"))
IMPORTS = {
    "the command line": "import mycoderai.gateway.cli.main, mycoderai.gateway.cli.run, mycoderai.gateway.cli.serve",
    "the gateway": "import mycoderai.gateway.app",
    "workers": "import mycoderai.workers.__main__, mycoderai.workers.agents.loop, mycoderai.workers.orchestrator",
    "executor": "import mycoderai.workers.executor.worker",
    "memory": "import mycoderai.workers.memory.worker",
    "model, until a model is asked": "import mycoderai.workers.model.worker",
}


def test_every_package_on_disk_is_listed() -> None:
    """One that is not works in an editable install and is missing from the wheel."""
    found = {
        ".".join(("mycoderai", *path.parent.relative_to(ROOT).parts))
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == found


def test_no_module_is_imported_by_a_bare_name() -> None:
    """From the repository's root that succeeds, and makes a second, different module."""
    bare = re.compile(rf"^\s*(from|import) ({'|'.join(FOLDERS)})\b(?! import annotations)", re.MULTILINE)
    sources = [path for folder in (*FOLDERS, "tests", "infra") for path in (ROOT / folder).rglob("*.py")]
    corpus = ROOT / "tests" / "corpus"
    wrong = [path for path in sources if corpus not in path.parents and bare.search(path.read_text())]
    assert wrong == []


@pytest.mark.parametrize("what", IMPORTS)
def test_nothing_heavy_and_nothing_twice_is_loaded(what: str) -> None:
    names = {*FOLDERS, "litellm"}
    script = f"{IMPORTS[what]}\nimport sys\nprint(sorted({names} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_wheel_runs_from_anywhere(tmp_path: Path) -> None:
    """The steps of infra/Dockerfile: a wheel, and a fresh environment with the pinned requirements and no others."""
    source = tmp_path / "source"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.split("\0"):
        if name.startswith((*(f"{folder}/" for folder in FOLDERS), "pyproject.toml", "README.md")):
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    _pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, source)
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    page = {path.relative_to(ROOT).as_posix() for path in (ROOT / "gateway" / "static").rglob("*") if path.is_file()}
    assert {f"mycoderai/{name}" for name in page} <= inside
    assert "mycoderai/workers/memory/queries/schema.sql" in inside
    assert "mycoderai/workers/agents/roles/coder.md" in inside

    home = tmp_path / "fresh"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    _show_requirements(next(home.glob("lib/*/site-packages")))
    _pip(sys.executable, "--python", python, "install", "--no-deps", "--no-index", wheel)
    _pip(sys.executable, "--python", python, "check")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for command in (["--help"], ["--version"], ["run", "--help"], ["doctor", "--help"]):
        said = subprocess.run([home / "bin" / "mycoder", *command], cwd=elsewhere, capture_output=True, text=True)
        assert (said.returncode, said.stderr) == (0, ""), command
    for script in IMPORTS.values():
        subprocess.run([python, "-c", script], cwd=elsewhere, check=True)


def _show_requirements(site: Path) -> None:
    """What the runtime is pinned to, out of the environment of the tests, which was installed by the same hashes."""
    pins = [set(re.findall(r"^(\S+)==(\S+)", path.read_text(), re.MULTILINE)) for path in (RUNTIME, DEVELOPMENT)]
    assert pins[0] <= pins[1]
    for name, pinned in pins[0]:
        there = metadata.distribution(re.sub(r"\[.*\]", "", name))
        assert there.version == pinned
        for part in {file.parts[0] for file in there.files or ()} - {".."}:
            target = site / part
            if not target.exists():  # a namespace is shared
                target.symlink_to(there.locate_file(part))


def _pip(python: str | Path, *arguments: str | Path) -> None:
    command = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
