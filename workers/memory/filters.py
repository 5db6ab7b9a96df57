"""Which runs a list is to hold, and how many there are of each kind."""

# ruff: noqa: S608 - the statements are put together from words of this package; every value is bound

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from mycoderai.schemas.memory import Held, ListRuns
from mycoderai.workers.memory.find import clean
from mycoderai.workers.memory.held import HELD

MOST_WORDS = 16
MOST_VALUES = 100
"""Of one facet that are told, the most frequent ones."""
FACETS = ("status", "model", "role", "by")
_SHOWN = f"coalesce(nullif({HELD}, ''), status)"


class Filter(NamedTuple):
    """Of rows of `runs`, with the column `held` beside them."""

    condition: str
    values: tuple[object, ...] = ()


class Group(NamedTuple):
    """How many runs have these."""

    status: str
    model: str
    role: str
    by: str
    runs: int


def filters(query: ListRuns) -> Filter:
    chosen = _chosen(query)
    parts = [_of_status(chosen["status"]), *_of_words(query)]
    parts += [_any_of(column, chosen[name]) for name, column in _COLUMNS.items()]
    return _all_of(parts)


def counted(
    db: sqlite3.Connection, query: ListRuns, ended: Sequence[Group] | None = None
) -> tuple[int, dict[str, dict[str, int]]]:
    """How many runs match, and how many would for each value of a facet, all other filters as they are. ended: of runs
    that have ended, where not all of their rows are here."""
    matching = _all_of([*_of_words(query), *([] if ended is None else [_GOING_ON])])
    groups = db.execute(
        f"""SELECT {_SHOWN}, model, role, submitted_by, count(*) FROM runs WHERE {matching.condition}
        GROUP BY 1, 2, 3, 4""",
        matching.values,
    )
    return tally([*(Group(*group) for group in groups), *(ended or ())], _chosen(query))


def grouped(runs: Iterable[Mapping[str, Any]], query: ListRuns) -> list[Group]:
    """Rows of `runs` that have ended as `counted` wants them."""
    counts = Counter(
        (run["status"], run["model"], run["role"], run["submitted_by"]) for run in runs if _says(run, query)
    )
    return [Group(*values, count) for values, count in counts.items()]


def may_match(run: Mapping[str, Any], query: ListRuns) -> bool:
    """Whether a row of `runs` that has ended passes; the same as the statements, for those who choose rows first."""
    chosen = _chosen(query)
    fits = (
        not chosen[name] or run[column] in chosen[name] for name, column in (("status", "status"), *_COLUMNS.items())
    )
    return all(fits) and _says(run, query)


def _says(run: Mapping[str, Any], query: ListRuns) -> bool:
    if run["submitted_at"] < query.since:
        return False
    if not query.text:
        return True
    words = [word.encode(errors="replace").lower() for word in query.text.split()[:MOST_WORDS]]
    # As LIKE compares: letters of ASCII in whatever case.
    task = run["task"].encode(errors="replace").lower()
    return run["run"].startswith(clean(query.text)) or all(word in task for word in words)


def tally(groups: Iterable[Group], chosen: Mapping[str, Sequence[str]]) -> tuple[int, dict[str, dict[str, int]]]:
    total = 0
    facets: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    for *values, count in groups:
        named = dict(zip(FACETS, values, strict=True))
        missed = [name for name in FACETS if chosen[name] and named[name] not in chosen[name]]
        total += 0 if missed else count
        for name in missed if len(missed) == 1 else () if missed else FACETS:
            facets[name][named[name]] = facets[name].get(named[name], 0) + count
    return total, {name: _most_frequent(counts) for name, counts in facets.items()}


_GOING_ON = Filter("status IN ('submitted', 'planned', 'running')")
_COLUMNS = {"model": "model", "role": "role", "by": "submitted_by"}


def _chosen(query: ListRuns) -> dict[str, Sequence[str]]:
    statuses = (*query.statuses, query.status) if query.status else query.statuses
    return {"status": statuses, "model": query.models, "role": query.roles, "by": query.by}


def _of_status(statuses: Sequence[str]) -> Filter:
    """A run that is held is listed as that alone."""
    if not statuses:
        return Filter("1")
    held = [status for status in statuses if status in get_args(Held)]
    plain = [status for status in statuses if status not in held]
    parts = [_all_of([_any_of("status", plain), Filter("held = ''")])] if plain else []
    parts += [_all_of([_GOING_ON, _any_of("held", held)])] if held else []
    return Filter(f"({' OR '.join(part.condition for part in parts)})", sum((part.values for part in parts), ()))


def _of_words(query: ListRuns) -> list[Filter]:
    parts = [Filter("submitted_at >= ?", (query.since,))] if query.since else []
    if words := query.text.split()[:MOST_WORDS]:
        said = _all_of([Filter("task LIKE ? ESCAPE '!'", (f"%{_escaped(word)}%",)) for word in words])
        begins = Filter("run LIKE ? ESCAPE '!'", (f"{_escaped(clean(query.text))}%",))
        parts.append(Filter(f"({begins.condition} OR {said.condition})", begins.values + said.values))
    return parts


def _any_of(column: str, values: Sequence[str]) -> Filter:
    return Filter(f"{column} IN ({', '.join('?' * len(values))})", tuple(values)) if values else Filter("1")


def _all_of(parts: Sequence[Filter]) -> Filter:
    condition = " AND ".join(part.condition for part in parts) or "1"
    return Filter(f"({condition})", sum((part.values for part in parts), ()))


def _escaped(word: str) -> str:
    word = word.encode(errors="replace").decode()
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _most_frequent(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES])
