"""The repository that demos work on: a small rate limiter with the kind of bug people ship."""

import os
import subprocess
from pathlib import Path

TASK = "make the failing tests pass"

FILES = {
    "README.md": "# quota\n\nHow many calls a customer may still make, and what they cost.\n",
    "pyproject.toml": """[project]
name = "quota"
version = "0.1.0"

[tool.pytest.ini_options]
pythonpath = ["src"]
""",
    "src/quota/__init__.py": '"""Call quotas of a metered service."""\n',
    "src/quota/window.py": '''"""A sliding window: at most `limit` calls in any `seconds`."""

from collections import deque


class Window:
    def __init__(self, limit, seconds):
        self.limit = limit
        self.seconds = seconds
        self.calls = deque()

    def allow(self, now):
        """Whether a call at time `now` fits, and if so, count it."""
        self._forget(now)
        if len(self.calls) > self.limit:
            return False
        self.calls.append(now)
        return True

    def left(self, now):
        self._forget(now)
        return self.limit - len(self.calls)

    def _forget(self, now):
        while self.calls and self.calls[0] <= now - self.seconds:
            self.calls.popleft()
''',
    "src/quota/price.py": '''"""What calls cost: the first ones are free, many are cheaper."""

FREE = 100
STEPS = ((1_000, 0.02), (10_000, 0.015))
BULK = 0.01


def price(calls):
    """Dollars for a month's calls."""
    billed = max(calls - FREE, 0)
    total, below = 0.0, 0
    for upto, rate in STEPS:
        total += max(min(billed, upto) - below, 0) * rate
        below = upto
    return round(total + max(billed - below, 0) * BULK, 2)


def invoice(customers):
    """Name and amount for everybody who owes something, largest first."""
    owed = [(name, price(calls)) for name, calls in customers.items()]
    return sorted(((name, amount) for name, amount in owed if amount), key=lambda line: -line[1])
''',
    "tests/test_window.py": """from quota.window import Window


def test_allows_up_to_the_limit():
    window = Window(limit=3, seconds=60)
    assert [window.allow(now) for now in (0, 1, 2, 3)] == [True, True, True, False]


def test_forgets_old_calls():
    window = Window(limit=1, seconds=10)
    assert window.allow(0)
    assert not window.allow(9)
    assert window.allow(10)


def test_says_how_many_are_left():
    window = Window(limit=2, seconds=10)
    window.allow(0)
    assert window.left(5) == 1
    assert window.left(10) == 2
""",
    "tests/test_price.py": """import pytest
from quota.price import invoice, price


@pytest.mark.parametrize(
    ("calls", "dollars"), [(0, 0), (100, 0), (101, 0.02), (1_100, 20.0), (10_100, 155.0), (20_100, 255.0)]
)
def test_price(calls, dollars):
    assert price(calls) == dollars


def test_invoice_leaves_out_who_owes_nothing():
    assert invoice({"ann": 50, "bob": 200, "eve": 2_000}) == [("eve", 33.5), ("bob", 2.0)]
""",
}


def make_project(folder: Path) -> None:
    """Write the files and commit them, whatever git settings this user has."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    # With a date of its own, so that it is the same commit each time.
    who = {"GIT_AUTHOR_NAME": "Demo", "GIT_AUTHOR_EMAIL": "demo@localhost", "GIT_AUTHOR_DATE": "@1700000000 +0000"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    commands = (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Meter calls and price them"])
    for command in commands:
        subprocess.run(["git", *command], cwd=folder, env=env, check=True, stdin=subprocess.DEVNULL)
