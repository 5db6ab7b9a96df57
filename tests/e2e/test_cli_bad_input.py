"""Everything people get wrong: a clear message, the right exit code, nothing left behind."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli_support import FAULTY, GOOD, Mycoder, git, repository

TASK = "make the failing tests pass"
LIKE_ANYBODY = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")
"""Root without its right to write everywhere; nobody else needs this, nor may use it."""


@pytest.fixture
def mycoder(tmp_path: Path) -> Mycoder:
    return Mycoder(tmp_path / "home")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mycoder]:
    """One running fleet for the inputs that need a run to show themselves."""
    mycoder = Mycoder(tmp_path_factory.mktemp("fleet") / "home")
    with mycoder.up():
        yield mycoder
    mycoder.assert_clean()


def refused(mycoder: Mycoder, *arguments: str | Path, code: int, says: str, fix: str = "", **env: str) -> None:
    said = mycoder(*arguments, **env)
    assert said.code == code, said.out + said.err
    assert says in said.err
    assert fix in said.err
    assert len(said.err.splitlines()) <= 3
    mycoder.assert_clean()


def test_no_such_path(mycoder: Mycoder) -> None:
    refused(mycoder, "run", TASK, "--repo", "/nowhere", code=2, says="there is no folder /nowhere")
    assert not mycoder.data.exists()


def test_a_file_instead_of_a_folder(mycoder: Mycoder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(mycoder, "run", TASK, "--repo", tmp_path / "file", code=2, says="is a file")


def test_an_empty_repository(mycoder: Mycoder, tmp_path: Path) -> None:
    repo = repository(tmp_path / "empty", {}, commit=False)
    refused(mycoder, "run", TASK, "--repo", repo, code=2, says="no commit yet", fix="git commit")
    assert not mycoder.data.exists()


@pytest.mark.parametrize("arguments", [["--role", "codr"], ["--role", "No/Name"]])
def test_an_unknown_role(mycoder: Mycoder, tmp_path: Path, arguments: list[str]) -> None:
    repo = repository(tmp_path / "shop", FAULTY)
    refused(mycoder, "run", TASK, "--repo", repo, *arguments, code=2, says="role")


def test_detaching_from_nothing(mycoder: Mycoder, tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop", FAULTY)
    refused(mycoder, "run", TASK, "--repo", repo, "--detach", code=2, says="nobody would work", fix="mycoder up")


def test_a_broken_settings_file(mycoder: Mycoder, tmp_path: Path) -> None:
    (mycoder.folder / "mycoder.toml").write_text("slots = 4\nmodel =\n")
    refused(mycoder, "ls", code=2, says="line 2", fix="mycoder.toml")


def test_a_setting_of_the_wrong_type(mycoder: Mycoder) -> None:
    refused(mycoder, "ls", code=2, says="MYCODER_SLOTS", fix="correct MYCODER_SLOTS", MYCODER_SLOTS="many")


def test_a_port_in_use(mycoder: Mycoder) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused(mycoder, "up", "--port", str(port), code=1, says=f"port {port} is in use", fix="--port")


def test_a_data_directory_that_cannot_be_made(mycoder: Mycoder) -> None:
    (mycoder.folder / "file").write_text("")
    place = mycoder.folder / "file" / "data"
    refused(mycoder, "up", "--data", place, code=1, says="not usable: Not a directory", fix="--data")
    refused(mycoder, "ls", "--data", place, code=1, says="not usable: Not a directory", fix="--data")


def test_a_data_directory_where_one_may_not_write(mycoder: Mycoder) -> None:
    if subprocess.run([*LIKE_ANYBODY, "true"], capture_output=True).returncode == 0:
        mycoder.under = LIKE_ANYBODY
    (mycoder.folder / "closed").mkdir(mode=0o500)
    place = mycoder.folder / "closed" / "data"
    refused(mycoder, "up", "--data", place, code=1, says="not usable: Permission denied", fix="--data")


def test_a_data_directory_of_a_newer_version(mycoder: Mycoder) -> None:
    mycoder.data.mkdir()
    (mycoder.data / "version").write_text("2\n")
    refused(mycoder, "up", code=1, says="layout 2", fix="upgrade")
    refused(mycoder, "run", TASK, "--repo", repository(mycoder.folder / "r", GOOD), code=1, says="layout 2")


@pytest.mark.parametrize("command", [["ls"], ["show", "latest"], ["up"], ["run", TASK, "--repo", "."]])
def test_an_unreachable_broker(mycoder: Mycoder, command: list[str]) -> None:
    credentials = mycoder.folder / "credentials"
    credentials.mkdir()
    for role in ("client", "orchestrator"):
        (credentials / role).write_text("secret")
    env = {"MYCODER_NATS_URL": "nats://127.0.0.1:1", "MYCODER_CREDENTIALS_DIR": str(credentials)}
    refused(mycoder, *command, code=7, says="no broker answers at nats://127.0.0.1:1", fix="MYCODER_NATS_URL", **env)


def test_a_broker_we_have_no_credentials_for(mycoder: Mycoder) -> None:
    refused(mycoder, "ls", "--nats", "nats://127.0.0.1:1", code=4, says="no credentials", fix="MYCODER_CREDENTIALS_DIR")


def test_a_worker_without_a_broker(mycoder: Mycoder) -> None:
    refused(mycoder, "worker", "--role", "coder", code=2, says="no fleet is running", fix="mycoder up")


@pytest.mark.parametrize(
    ("handler", "says"), [("nowhere", "does not have the form"), ("nowhere.at_all:run", "no module 'nowhere.at_all'")]
)
def test_an_unknown_handler(fleet: Mycoder, handler: str, says: str) -> None:
    said = fleet("worker", "--role", "noop", "--handler", handler)
    assert said.code == 2
    assert says in said.err


def test_a_handler_whose_function_is_missing(fleet: Mycoder) -> None:
    said = fleet("worker", "--role", "noop", "--handler", "json:nothing_here")
    assert said.code not in (0, 130)
    assert "nothing_here" in said.err


def test_unknown_runs(fleet: Mycoder) -> None:
    said = fleet("show", "zzzz")
    assert (said.code, said.out) == (2, "")
    assert "no run begins with 'zzzz'" in said.err
    assert fleet("wait", "*.>").code == 2
    assert fleet("cancel", "a", "b").code == 5, "two runs, no terminal to ask, no --yes"


def test_an_unknown_model(fleet: Mycoder, tmp_path: Path) -> None:
    said = fleet("run", TASK, "--repo", repository(tmp_path / "shop", FAULTY), "--model", "offline/nope")
    assert said.code == 2, said.out + said.err
    assert "offline/nope" in said.out + said.err


def test_nothing_is_failing(fleet: Mycoder, tmp_path: Path) -> None:
    said = fleet("run", TASK, "--repo", repository(tmp_path / "shop", GOOD), "--json")
    assert said.code == 1
    assert said.result["failure"]["code"] == "nothing_failing"
    assert said.result["failure"]["message"]


def test_no_tests(fleet: Mycoder, tmp_path: Path) -> None:
    said = fleet("run", TASK, "--repo", repository(tmp_path / "shop", {"cart.py": "x = 1\n"}), "--json")
    assert said.code == 1
    assert said.result["failure"]["code"] == "no_tests"


def test_tests_that_cannot_be_imported(fleet: Mycoder, tmp_path: Path) -> None:
    files = {"test_it.py": "import a_package_nobody_has\n\n\ndef test_it():\n    assert True\n"}
    said = fleet("run", TASK, "--repo", repository(tmp_path / "shop", files), "--json")
    assert said.code == 1
    assert said.result["failure"]["code"] in ("not_importable", "beyond_model")
    assert "a_package_nobody_has" in said.out


def test_a_folder_that_is_no_repository_is_worked_on_as_a_copy(fleet: Mycoder, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    for name, text in FAULTY.items():
        (folder / name).write_text(text)
    said = fleet("run", TASK, "--repo", folder)
    assert said.code == 0, said.out + said.err
    assert "is not a git repository: the fleet works on a copy" in said.out
    assert sorted(path.name for path in folder.iterdir()) == sorted(FAULTY)
    assert "+    return full - full * discount / 100" in fleet("diff", "latest").out
    pulled = fleet("pull", "latest")
    assert pulled.code == 2
    assert "git init" in pulled.err
    other = repository(tmp_path / "other", GOOD)
    assert fleet("pull", "latest", "--repo", other).code == 0
    assert len(git(other, "for-each-ref", "refs/heads/mycoder").splitlines()) == 1


def test_a_detached_head(fleet: Mycoder, tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop", FAULTY)
    git(repo, "checkout", "-q", "--detach")
    said = fleet("run", TASK, "--repo", repo)
    assert said.code == 0, said.out + said.err
    assert "which is on no branch" in said.out


def test_submodules(fleet: Mycoder, tmp_path: Path) -> None:
    inner = repository(tmp_path / "inner", {"x.txt": "x"})
    repo = repository(tmp_path / "shop", FAULTY)
    git(repo, "submodule", "--quiet", "add", str(inner), "vendor")
    git(repo, "commit", "-q", "-m", "Add vendor")
    said = fleet("run", TASK, "--repo", repo)
    assert said.code == 0, said.out + said.err
    assert "Submodules are not checked out for the fleet: vendor." in said.out


def test_odd_file_names(fleet: Mycoder, tmp_path: Path) -> None:
    odd = ("line\nfeed.txt", "ünï-🐍.txt", "-rf", "sp ace", '"quoted"')
    repo = repository(tmp_path / "shop ünï", FAULTY | dict.fromkeys(odd, "x"))
    (repo / "new\nline").write_text("x")
    said = fleet("run", TASK, "--repo", repo)
    assert said.code == 0, said.out + said.err
    assert "new line" in said.out, "a line feed in a name must not break the note into two lines"
    assert fleet("pull", "latest").code == 0
    branch = git(repo, "for-each-ref", "--format=%(refname)", "refs/heads/mycoder")
    assert git(repo, "ls-tree", "-rz", "--name-only", branch).split("\0") == git(
        repo, "ls-tree", "-rz", "--name-only", "main"
    ).split("\0")


def test_a_large_binary(fleet: Mycoder, tmp_path: Path) -> None:
    repo = repository(tmp_path / "shop", FAULTY)
    (repo / "video.bin").write_bytes(os.urandom(1 << 20) + bytes(199 << 20))
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "Add a video")
    said = fleet("run", TASK, "--repo", repo)
    assert said.code == 0, said.out + said.err
