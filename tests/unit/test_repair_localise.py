"""Lines are ranked by which tests run them and where exceptions passed."""

from __future__ import annotations

from mycoderai.workers.executor.toolbox.mycoder_repair.localise import suspiciousness
from mycoderai.workers.executor.toolbox.mycoder_repair.profile import Profile, TestTrace
from mycoderai.workers.executor.toolbox.mycoder_repair.relations import relation
from mycoderai.workers.executor.toolbox.mycoder_repair.source import Source
from mycoderai.workers.executor.toolbox.mycoder_repair.suspects import Suspects
from mycoderai.workers.executor.toolbox.mycoder_repair.symptoms import read


def trace(name: str, outcome: str, *lines: int, frame: int = 0) -> TestTrace:
    frames = [("m.py", frame, "f")] if frame else []
    return TestTrace(name, outcome, {("m.py", line) for line in lines}, frames=frames)


def test_lines_only_failing_tests_run_come_first() -> None:
    traces = [trace("bad", "failed", 1, 2, 3), trace("good", "passed", 1, 2), trace("other", "passed", 1)]
    scores = suspiciousness(Profile({t.nodeid: t for t in traces}, {}, {}), ["bad"])
    assert scores["m.py", 3] == 1.0
    assert scores["m.py", 3] > scores["m.py", 2] > scores["m.py", 1]


def test_the_line_an_exception_left_is_raised() -> None:
    traces = [trace("bad", "failed", 1, 2, 3, frame=2)]
    scores = suspiciousness(Profile({t.nodeid: t for t in traces}, {}, {}), ["bad"])
    assert max(scores, key=lambda line: scores[line]) == ("m.py", 2)


def test_relations_between_actual_and_expected() -> None:
    assert "off_by_one" in relation(3, 4)
    assert "sign" in relation(-3, 3)
    assert "space" in relation("a ", "a")
    assert "reversed" in relation([1, 2], [2, 1])
    assert "none" in relation(None, [1])
    assert "rounding" in relation(2, 2.5)
    assert "off_by_one" in relation({"a": 1}, {"a": 2})
    assert "length" in relation([1], [1, 2, 3])


def test_symptoms_name_what_a_test_waits_for() -> None:
    waiting = TestTrace("t", "failed", set(), exception="Failed", message="DID NOT RAISE <class 'ValueError'>")
    asserting = TestTrace("u", "failed", set(), exception="AssertionError", message="KeyError not raised")
    naming = TestTrace("v", "failed", set(), exception="NameError", message="name 'foo' is not defined")
    symptoms = read([waiting, asserting, naming])
    assert set(symptoms.wanted_exceptions) == {"ValueError", "KeyError"}
    assert symptoms.missing_names == ["foo"]
    assert symptoms.factor("import") > symptoms.factor("string")


def test_many_failing_tests_do_not_multiply_the_weight_of_a_frame() -> None:
    """A line that raises because of the one before it must leave that one in sight."""
    traces = [trace(f"bad{n}", "failed", 1, 2, frame=2) for n in range(40)]
    scores = suspiciousness(Profile({t.nodeid: t for t in traces}, {}, {}), [t.nodeid for t in traces])
    assert scores["m.py", 1] > 0.5


def test_what_fills_a_table_at_import_is_suspected_through_the_table() -> None:
    text = "T = []\n\n\ndef fill(x):\n    T.append(x)\n\n\ndef other(x):\n    return x\n\n\n"
    text += "fill(1)\nother(1)\n\n\ndef f():\n    return T\n"
    source = Source("m.py", text.encode())
    suspects = Suspects({"m.py": source}, {("m.py", 17): 1.0}, {"m.py": {1, 4, 5, 8, 9, 12, 13, 16}})
    found = {statement.lineno: suspicion for statement, suspicion in suspects.of(source)}
    assert found[17] == 1.0
    assert found[5] == found[1] > 0
    assert 9 not in found
