"""Every class of edit is proposed where it is needed, and what is proposed can be parsed."""

from __future__ import annotations

import ast

import pytest

from mycoderai.workers.executor.toolbox.mycoder_repair.edit import apply
from mycoderai.workers.executor.toolbox.mycoder_repair.generate import Generator
from mycoderai.workers.executor.toolbox.mycoder_repair.profile import Profile, TestTrace
from mycoderai.workers.executor.toolbox.mycoder_repair.ranking import Ranking
from mycoderai.workers.executor.toolbox.mycoder_repair.source import Source
from mycoderai.workers.executor.toolbox.mycoder_repair.symptoms import read

FUNCTION = "def f(xs, n=1, sep='-'):\n{}"

CASES = [
    ("arithmetic", "    return n + 1\n", "    return n - 1\n"),
    ("comparison", "    return n < 3\n", "    return n <= 3\n"),
    ("boolean", "    return n and sep\n", "    return n or sep\n"),
    ("grouping", "    return n and sep or xs\n", "    return n and (sep or xs)\n"),
    ("bit", "    return n & 3\n", "    return n | 3\n"),
    ("augmented", "    n += 2\n    return n\n", "    n -= 2\n    return n\n"),
    ("accumulate", "    n = 2\n    return n\n", "    n += 2\n    return n\n"),
    ("number", "    return xs[1]\n", "    return xs[0]\n"),
    ("flag", "    return sorted(xs, reverse=True)\n", "    return sorted(xs, reverse=False)\n"),
    ("off by one", "    return range(n)\n", "    return range(n + 1)\n"),
    (
        "negated key",
        "    return sorted(xs, key=lambda p: (p[1], p[0]))\n",
        "    return sorted(xs, key=lambda p: (-p[1], p[0]))\n",
    ),
    ("name", "    return xs\n", "    return n\n"),
    ("method", "    return sep.lstrip()\n", "    return sep.rstrip()\n"),
    ("function", "    return min(xs)\n", "    return max(xs)\n"),
    ("arguments", "    return pow(n, 2)\n", "    return pow(2, n)\n"),
    ("argument added", "    return xs.pop(n)\n", "    return xs.pop(n, None)\n"),
    ("wrapper", "    return sep + n\n", "    return sep + str(n)\n"),
    ("wrapper lost", "    return list(xs)\n", "    return xs\n"),
    ("inverted", "    if xs:\n        return 1\n    return 2\n", "    if not xs:\n        return 1\n    return 2\n"),
    ("branches", "    return 1 if n else 2\n", "    return 2 if n else 1\n"),
    ("slice", "    return xs[:n]\n", "    return xs[n:]\n"),
    ("format", '    return f"{n:.1f}"\n', '    return f"{n:.2f}"\n'),
    ("percent", '    return f"{n:.1f}%"\n', '    return f"{n:.1%}"\n'),
    ("order", "    n = 2\n    xs = n\n    return xs\n", "    xs = n\n    n = 2\n    return xs\n"),
    (
        "return moved",
        "    for x in xs:\n        n += x\n        return n\n",
        "    for x in xs:\n        n += x\n    return n\n",
    ),
    (
        "into else",
        "    if xs:\n        n = 2\n    n = 3\n    return n\n",
        "    if xs:\n        n = 2\n    else:\n        n = 3\n    return n\n",
    ),
    ("yield from", "    yield f(xs)\n", "    yield from f(xs)\n"),
    ("result lost", "    sep.strip()\n", "    return sep.strip()\n"),
    ("conversion", "    return [int(x) for x in xs]\n", "    return [float(x) for x in xs]\n"),
    ("inside an f-string", "    return f'{n + 1:>3} {f(sep, n)}'\n", "    return f'{n + 1:>3} {f(n, sep)}'\n"),
    ("row of indices", "    return xs[n] + xs[n + 1]\n", "    return xs[n - 1] + xs[n]\n"),
    ("compared tuples", "    return (n, sep) < (xs, 1)\n", "    return (sep, n) < (1, xs)\n"),
    ("same branches", "    return 1 if xs else 1\n", "    return 1 if xs else -1\n"),
    ("non-ASCII text", "    return 'é' * n + sep\n", "    return 'é' * n - sep\n"),
]


def generated(text: str, exception: str = "AssertionError", message: str = "") -> set[str]:
    source = Source("m.py", text.encode())
    lines = {("m.py", n) for n in range(1, len(text.splitlines()) + 1)}
    trace = TestTrace("t", "failed", lines, exception=exception, message=message)
    profile = Profile({"t": trace}, {}, {})
    ranked = Generator({"m.py": source}, profile, ["t"], read([trace]), {}, []).ranked()
    return {apply(source.data, candidate.splices).decode() for candidate in ranked}


@pytest.mark.parametrize(("before", "after"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_right_edit_is_among_the_proposals(before: str, after: str) -> None:
    assert FUNCTION.format(after) in generated(FUNCTION.format(before))


def test_most_proposals_parse() -> None:
    texts = [text for _, before, _ in CASES for text in generated(FUNCTION.format(before))]
    broken = 0
    for text in texts:
        try:
            ast.parse(text)
        except SyntaxError:
            broken += 1
    assert broken < len(texts) / 20


def test_a_shared_default_is_made_fresh() -> None:
    text = "def f(x, seen=[]):\n    seen.append(x)\n    return seen\n"
    wanted = "def f(x, seen=None):\n    if seen is None:\n        seen = []\n    seen.append(x)\n    return seen\n"
    assert wanted in generated(text)


def test_a_missing_import_is_added() -> None:
    text = '"""Doc."""\n\n\ndef f():\n    return sqrt(2)\n'
    found = generated(text, "NameError", "name 'sqrt' is not defined")
    assert '"""Doc."""\nfrom math import sqrt\n\n\ndef f():\n    return sqrt(2)\n' in found


def test_a_guard_raises_what_the_test_waits_for() -> None:
    found = generated("def f(n):\n    return n\n", "Failed", "DID NOT RAISE <class 'ValueError'>")
    assert any("if n < 0:\n        raise ValueError(" in text for text in found)


def test_a_missing_await_and_self() -> None:
    assert "async def f(job):\n    return await job()\n" in generated("async def f(job):\n    return job()\n")
    text = "class C:\n    def __init__(self):\n        self.n = 0\n\n    def get(self):\n        return n\n"
    found = generated(text, "NameError", "name 'n' is not defined")
    assert text.replace("return n", "return self.n") in found


def test_only_what_is_asked_for_is_generated() -> None:
    made = []
    ranking = Ranking(made.append(n) or n for n in range(10))  # type: ignore[func-returns-value, misc]
    assert (ranking[2], len(made), ranking.generated) == (2, 3, 3)
    assert list(ranking) == list(range(10))
    assert not Ranking(iter(()))


def test_the_best_candidates_come_first() -> None:
    text = FUNCTION.format("    if n < 3:\n        n += 1\n    return sorted(xs, reverse=True)\n")
    source = Source("m.py", text.encode())
    traces = [TestTrace("t", "failed", {("m.py", 2), ("m.py", 4)}), TestTrace("u", "passed", {("m.py", 2)})]
    profile = Profile({t.nodeid: t for t in traces}, {}, {})
    ranked = list(Generator({"m.py": source}, profile, ["t"], read(traces[:1]), {}, []).ranked())
    scores = [candidate.score for candidate in ranked]
    assert scores == sorted(scores, reverse=True)
    assert len({apply(source.data, candidate.splices) for candidate in ranked}) == len(ranked)


def test_the_order_never_changes() -> None:
    assert generated(FUNCTION.format(CASES[0][1])) == generated(FUNCTION.format(CASES[0][1]))
