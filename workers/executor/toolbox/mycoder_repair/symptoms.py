"""How the tests fail, as factors on kinds of edits and as facts that edits are built from."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from .profile import TestTrace

NOT_RAISED = re.compile(r"DID NOT RAISE (?:any of )?\(?<class '([\w.]+)'>|DID NOT RAISE ([\w.]+)|^([\w.]+) not raised")
NAME = re.compile(r"name '(\w+)' is not defined|variable '(\w+)'|attribute '(\w+)'")

# What the exception that ends a failing test says about the kind of fault, by the start of the kind's name.
BY_EXCEPTION: dict[str, dict[str, float]] = {
    "ZeroDivisionError": {"guard": 3, "constant": 1.3, "division": 4, "argument": 1.5},
    "IndexError": {"index": 2, "slice": 2, "off-by-one": 2, "guard": 2, "range": 2, "compare": 1.3},
    "KeyError": {"guard": 1.5, "argument": 2, "exception": 3, "method": 1.5, "compare": 1.3},
    "TypeError": {"wrap": 2, "argument": 2.5, "guard": 1.6, "return": 2, "name": 1.5},
    "ValueError": {"guard": 2.5, "wrap": 1.5},
    "AttributeError": {"name": 2, "attribute": 2.5, "guard": 1.8, "return": 2, "method": 2, "self": 3},
    "NameError": {"import": 8, "self": 5, "name": 3},
    "UnboundLocalError": {"name": 2, "statement": 2, "self": 3},
    "RecursionError": {"guard": 4, "compare": 2, "argument": 1.5, "off-by-one": 1.5},
    "RuntimeError": {"wrap": 2, "statement": 1.2},
    "Interrupted": {"statement": 2, "compare": 1.5, "augmented": 2, "insert": 2, "name": 1.3},
    "OverflowError": {"name": 2, "compare": 1.5, "augmented": 2},
}
BY_RELATION: dict[str, dict[str, float]] = {
    "off_by_one": {"off-by-one": 2, "compare": 1.6, "range": 2, "index": 1.5, "slice": 1.5, "constant": 1.3},
    "sign": {"swap": 2, "negate": 3},
    "rounding": {"division": 2.5, "wrap": 1.5},
    "space": {"wrap": 2.5, "string": 2.5, "method": 1.5},
    "case": {"wrap": 2.5, "method": 2},
    "reversed": {"order": 3, "slice": 1.5, "argument": 1.5, "wrap": 1.3},
    "order": {"order": 3, "wrap": 1.5, "negate": 2, "argument": 1.3, "statement": 1.3, "method": 1.3},
    "none": {"return": 3, "guard": 1.3, "name": 1.2},
    "bool": {"compare": 1.4, "condition": 1.6, "bool": 1.6},
    "string": {"string": 1.8, "format": 3},
    "type": {"wrap": 1.6, "return": 1.3},
    "length": {"insert": 1.6, "compare": 1.3, "statement": 1.4},
}


@dataclass
class Symptoms:
    factors: dict[str, float] = field(default_factory=dict)
    exceptions: set[str] = field(default_factory=set)
    relations: set[str] = field(default_factory=set)
    wanted_exceptions: list[str] = field(default_factory=list)
    missing_names: list[str] = field(default_factory=list)

    def factor(self, kind: str) -> float:
        word = kind.split(" ")[0]
        return self.factors.get(word, 1.0)

    @property
    def crashes(self) -> bool:
        return bool(self.exceptions - {"AssertionError", "Failed"})

    @property
    def hangs(self) -> bool:
        return "Interrupted" in self.exceptions


def read(traces: list[TestTrace]) -> Symptoms:
    symptoms = Symptoms()
    names: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for trace in traces:
        symptoms.exceptions.add(trace.exception)
        symptoms.relations |= set(trace.relation)
        match = NOT_RAISED.search(trace.message)
        if match:
            wanted[next(filter(None, match.groups())).split(".")[-1]] += 1
        if trace.exception in ("NameError", "AttributeError", "UnboundLocalError"):
            for groups in NAME.findall(trace.message):
                names[next(filter(None, groups))] += 1
    symptoms.wanted_exceptions = [name for name, _ in wanted.most_common()]
    symptoms.missing_names = [name for name, _ in names.most_common()]
    for exception in symptoms.exceptions:
        _raise(symptoms.factors, BY_EXCEPTION.get(exception, {}))
    for hint in symptoms.relations:
        _raise(symptoms.factors, BY_RELATION.get(hint, {}))
    if wanted:
        _raise(symptoms.factors, {"guard": 2, "compare": 2, "condition": 2, "bool": 2, "insert": 1.2, "exception": 3})
    return symptoms


def _raise(factors: dict[str, float], more: dict[str, float]) -> None:
    for word, factor in more.items():
        factors[word] = max(factors.get(word, 1.0), factor)
