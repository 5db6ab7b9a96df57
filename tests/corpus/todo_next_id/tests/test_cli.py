import subprocess
import sys

from todo.cli import main


def run(tmp_path, *words):
    return main(["--file", str(tmp_path / "t.json"), *words])


def test_add_and_list(tmp_path, capsys):
    run(tmp_path, "add", "buy milk", "--tag", "home")
    run(tmp_path, "add", "sleep", "--priority", "1")
    capsys.readouterr()
    assert run(tmp_path, "list") == 0
    assert capsys.readouterr().out == "[ ] 2. sleep\n[ ] 1. buy milk #home\n"


def test_done(tmp_path, capsys):
    run(tmp_path, "add", "one")
    run(tmp_path, "add", "two")
    capsys.readouterr()
    assert run(tmp_path, "done", "1") == 0
    assert capsys.readouterr().out == "50% done\n"
    run(tmp_path, "list", "--all")
    assert capsys.readouterr().out == "[x] 1. one\n[ ] 2. two\n"


def test_done_unknown(tmp_path, capsys):
    assert run(tmp_path, "done", "9") == 1
    assert "no task 9" in capsys.readouterr().err


def test_as_a_program(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "todo.cli", "--file", str(tmp_path / "x.json"), "add", "hello"],
        capture_output=True,
        text=True,
    )
    assert done.stdout == "added 1\n"
