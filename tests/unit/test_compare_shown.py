"""A comparison as people and programs see it."""

import json
from dataclasses import replace

import pytest

from mycoderai.gateway.cli.compare import Comparison, Difference
from mycoderai.gateway.cli.compared import show_comparison
from tests.unit.cli_story import OPTIONS

DIFFERS = Comparison(
    events=4,
    difference=Difference(
        step="fix", event="step.turn", turn=2, field="results[0].output", was="a\nb\nc\nx\x1b[2J", now="a\nb\nc\ny"
    ),
)


def test_identical_logs_are_one_line_and_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_comparison(OPTIONS, "r1", "r2", Comparison(events=12)) == 0
    assert capsys.readouterr().out == "identical: 12 events\n"


def test_the_first_difference_is_shown_side_by_side_without_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert show_comparison(OPTIONS, "r1", "r2", DIFFERS) == 1
    head, where, *table = capsys.readouterr().out.splitlines()
    assert head == "different after 4 identical events"
    assert where == "  step fix, turn 2, step.turn: results[0].output"
    assert [[cell.strip() for cell in row.split("│")] for row in table] == [
        ["then", "now"],
        ["…", "…"],
        ["x�[2J", "y"],
    ]


def test_json_names_the_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_comparison(replace(OPTIONS, json=True), "r1", "r2", DIFFERS) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["run"], told["replay"], told["identical"]) == ("comparison", "r1", "r2", False)
    assert told["difference"]["turn"] == 2
