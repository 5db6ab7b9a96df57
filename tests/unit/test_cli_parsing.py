"""The command line itself: help, unknown words, options that every command takes."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from mycoderai.gateway.cli.errors import CliError
from mycoderai.gateway.cli.group import COMMANDS, mycoder, run
from mycoderai.gateway.cli.options import Options, common, complete_run, wants_color
from mycoderai.gateway.cli.serve import _check_handler

HEAVY = ("nats", "structlog", "rich", "asyncio", "mycoderai.broker")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"mycoder {name}" in shown
    if name != "config":
        assert "Examples:" in shown
        assert "--json" in shown


def test_commands_in_the_overview_have_the_name_they_are_listed_under() -> None:
    context = click.Context(mycoder)
    for name in COMMANDS:
        command = mycoder.get_command(context, name)
        assert command
        assert command.name == name


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["lss"]])
def test_help_and_mistakes_import_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom mycoderai.gateway.cli.group import run\n"
        f"run({arguments!r})\nprint('loaded:', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "loaded: []"


def test_an_unknown_command_names_the_one_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shwo"]) == 2
    assert capsys.readouterr().err == (
        "error: there is no command 'shwo'\ncause: did you mean `show`?\nfix:   mycoder show --help\n"
    )


@pytest.mark.parametrize("arguments", [["run"], ["run", "x", "--max-parallel", "0"], ["ls", "--nope"], ["show"]])
def test_wrong_usage_is_exit_code_2_without_a_traceback(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: ")
    assert "--help" in shown


def test_an_empty_task_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["run", "  ", "--repo", str(tmp_path)]) == 2
    assert "the task is empty" in capsys.readouterr().err


def test_a_broken_settings_file_is_named_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mycoder.toml").write_text('model = "offline/repair"\nslots = \n')
    assert run(["config", "show"]) == 2
    assert "line 2" in capsys.readouterr().err


def test_settings_show_where_they_come_from(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYCODER_SLOTS", "7")
    (tmp_path / "mycoder.toml").write_text('model = "openai/x"\n')
    assert run(["config", "show", "--origin", "--data", "here"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f'data_dir         "{tmp_path / "here"}"  # flag' in lines
    assert "slots            7  # MYCODER_SLOTS" in lines
    assert f'model            "openai/x"  # {tmp_path / "mycoder.toml"}' in lines


def test_a_defect_shows_a_traceback_only_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("mycoderai.gateway.cli.options.load", broken)
    assert run(["config", "show"]) == 1
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert "--debug" in shown
    with pytest.raises(KeyError):
        run(["config", "show", "--debug"])


def test_a_handler_in_the_working_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "mine_alone.py").write_text("def run_step(step): ...\n")
    _check_handler("mine_alone:run_step")
    with pytest.raises(CliError, match="no module 'not_mine'"):
        _check_handler("not_mine:run_step")


def test_paths_are_meant_from_the_folder_of_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYCODER_CREDENTIALS_DIR", "keys")
    seen = []

    @click.command
    @common
    def look(options: Options) -> None:
        seen.append(options.settings)

    look.main(["--data", "here"], standalone_mode=False)
    assert seen[0].data == tmp_path / "here"
    assert seen[0].credentials == tmp_path / "keys"


class _Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "variables", "colored"),
    [
        ("auto", {}, True),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"TERM": "dumb"}, False),
        ("auto", {"CLICOLOR": "0"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_follow_the_option_then_the_environment(
    choice: str, variables: dict[str, str], colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert wants_color(choice, _Terminal()) is colored  # type: ignore[arg-type]


def test_run_ids_complete_without_a_broker(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    for name in ("01aa", "01ab", "02aa"):
        (tmp_path / "runs" / f"{name}.json").write_text("{}")
    context = click.Context(mycoder)
    context.params["data"] = str(tmp_path)
    parameter = click.Argument(["run"])
    assert complete_run(context, parameter, "01") == ["01ab", "01aa"]
    assert complete_run(context, parameter, "l") == ["latest"]
