"""Which runs a list holds, and the counts beside it."""

import sqlite3
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mycoderai.schemas.memory import ListRuns
from mycoderai.workers.memory.file import create
from mycoderai.workers.memory.filters import FACETS, Group, filters, may_match, tally

GROUPS = st.lists(
    st.tuples(*(st.sampled_from("ab") for _ in FACETS), st.integers(1, 3)).map(lambda one: Group(*one)), max_size=8
)
CHOSEN = st.fixed_dictionaries({name: st.lists(st.sampled_from("abc"), max_size=2, unique=True) for name in FACETS})


@given(groups=GROUPS, chosen=CHOSEN)
def test_a_facet_counts_what_choosing_only_that_value_would_list(
    groups: Sequence[Group], chosen: dict[str, list[str]]
) -> None:
    def would_list(choice: dict[str, list[str]]) -> int:
        fits = (
            all(not choice[name] or value in choice[name] for name, value in zip(FACETS, one, strict=False))
            for one in groups
        )
        return sum(one[-1] for one, fit in zip(groups, fits, strict=True) if fit)

    total, facets = tally(groups, chosen)
    assert total == would_list(chosen)
    for name in FACETS:
        for value in "abc":
            assert facets[name].get(value, 0) == would_list(chosen | {name: [value]})


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(":memory:")
    create(db)
    yield db
    db.close()


TASKS = ["Fix 100% of it", "fix_it", "fixxit", "ÄPFEL zählen", "a\\b", "x'); DROP TABLE runs --", ""]
TEXTS = [
    "fix",
    "FIX it",
    "100%",
    "fix_it",
    "%",
    "_",
    "äpfel",
    "ÄPFEL",
    "\\",
    "'",
    "run1",
    "RUN",
    "run1 fix",
    "  ",
    "\ud800",
]


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_taken_as_they_are_by_the_statement_and_beside_it(db: sqlite3.Connection, text: str) -> None:
    shared = {"submitted_at": "2026", "status": "failed", "model": "m", "role": "r", "submitted_by": ""}
    rows = [shared | {"run": f"run{number}", "task": task} for number, task in enumerate(TASKS)]
    for row in rows:
        db.execute(
            """INSERT INTO runs (run, shard, seq, task, model, role, status, submitted_at, submitted_by, submission,
            project) VALUES (:run, 0, 0, :task, :model, :role, :status, :submitted_at, :submitted_by, '', '')""",
            row,
        )
    wanted = filters(ListRuns(text=text))
    found = {run for (run,) in db.execute(f"SELECT run FROM runs WHERE {wanted.condition}", wanted.values)}  # noqa: S608
    assert found == {row["run"] for row in rows if may_match(row, ListRuns(text=text))}
