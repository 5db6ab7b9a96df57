"""All candidates for a profile, most promising first: weight of the edit times suspicion times symptoms."""

from __future__ import annotations

import ast
import heapq
import itertools
from collections.abc import Iterator

from . import gen_calls, gen_conditions, gen_constants, gen_names, gen_operators, gen_other, gen_pairs, gen_statements
from .edit import Candidate, essence
from .localise import suspiciousness
from .profile import Profile
from .scope import ModuleFacts, facts
from .site import Proposal, Site
from .source import FUNCTIONS, Source
from .suspects import Suspects
from .symptoms import Symptoms

GENERATORS = (
    gen_operators.propose,
    gen_constants.propose,
    gen_names.propose,
    gen_calls.propose,
    gen_conditions.propose,
    gen_statements.propose,
    gen_other.propose,
    gen_pairs.propose,
)
SUSPICION_EXPONENT = 1.5
FLOOR = 0.004

# The weight a proposal of a kind can have at most; other kinds stay below 0.4. Too small a number here costs order.
LARGEST_PRIOR = {
    "import": 1.0,
    "self": 1.0,
    "compare": 1.0,
    "name": 0.9,
    "arith": 0.9,
    "division": 0.9,
    "augmented": 0.9,
    "bool": 0.8,
    "flag": 0.8,
    "condition": 0.8,
    "await": 0.8,
    "yield": 0.8,
    "argument": 0.6,
    "method": 0.6,
    "exception": 0.6,
    "index": 0.6,
    "off-by-one": 0.6,
    "statement": 0.6,
    "insert": 0.5,
    "slice": 0.5,
    "negate": 0.6,
    "order": 0.5,
    "format": 0.5,
    "guard": 0.4,
}
LARGEST_DEFAULT = 1.5
Queued = tuple[float, str, int, str, str, int, Candidate]


class Generator:
    """Candidates over some parsed sources, for one profile of the suite."""

    def __init__(
        self,
        sources: dict[str, Source],
        profile: Profile,
        failing: list[str],
        symptoms: Symptoms,
        import_lines: dict[str, set[int]],
        test_sources: list[str],
    ) -> None:
        self._sources = sources
        self._profile = profile
        self._symptoms = symptoms
        self._import_lines = import_lines
        self._facts: dict[str, ModuleFacts] = {}
        self.suspicion = suspiciousness(profile, failing)
        self._strings, self._ints = _literals(test_sources)
        self._largest = max(prior * symptoms.factor(kind) for kind, prior in LARGEST_PRIOR.items())

    def ranked(self) -> Iterator[Candidate]:
        """Without duplicates; a tie is broken by place and text, so that the order never changes.

        A statement is looked at only when its best edit could come next.
        """
        waiting: list[Queued] = []
        seen: set[tuple[str, int, int, bytes]] = set()
        numbers = itertools.count()
        for bound, source, statement, suspicion in self._statements():
            yield from self._drain(waiting, seen, bound)
            for candidate in self._candidates(self._site(source, statement), suspicion):
                place = candidate.path, candidate.line, candidate.kind, repr(candidate.splices)
                heapq.heappush(waiting, (-candidate.score, *place, next(numbers), candidate))
        yield from self._drain(waiting, seen, 0.0)

    def _statements(self) -> list[tuple[float, Source, ast.stmt, float]]:
        """With the best score an edit of them can have, largest first."""
        suspects = Suspects(self._sources, self.suspicion, self._import_lines)
        found = []
        for source in self._sources.values():
            for statement, suspicion in suspects.of(source):
                default = LARGEST_DEFAULT * self._symptoms.factor("default")
                largest = max(self._largest, default) if isinstance(statement, FUNCTIONS) else self._largest
                found.append((largest * suspicion**SUSPICION_EXPONENT, source, statement, suspicion))
        found.sort(key=lambda each: (-each[0], each[1].path, each[2].lineno, each[2].col_offset))
        return found

    def _drain(
        self, waiting: list[Queued], seen: set[tuple[str, int, int, bytes]], bound: float
    ) -> Iterator[Candidate]:
        while waiting and -waiting[0][0] > bound:
            candidate = heapq.heappop(waiting)[-1]
            change = (candidate.path, *essence(self._sources[candidate.path].data, candidate.splices))
            if change not in seen:
                seen.add(change)
                yield candidate

    def _site(self, source: Source, statement: ast.stmt) -> Site:
        if source.path not in self._facts:
            self._facts[source.path] = facts(source)
        kinds = self._profile.kinds(source.path, statement.lineno)
        known = self._facts[source.path]
        return Site(source, statement, known, self._symptoms, kinds, self._strings, self._ints)

    def _candidates(self, site: Site, suspicion: float) -> Iterator[Candidate]:
        for proposal in _proposals(site):
            score = proposal.prior * suspicion**SUSPICION_EXPONENT * self._symptoms.factor(proposal.kind)
            if score >= FLOOR:
                yield self._candidate(site, proposal, score)

    def _candidate(self, site: Site, proposal: Proposal, score: float) -> Candidate:
        function = site.function
        inside = function is not None and proposal.kind not in ("import", "default")
        lines = self._import_lines.get(site.source.path, set())
        warm = (
            inside
            and function is not None
            and not any(line in lines for line in range(function.body[0].lineno, (function.end_lineno or 0) + 1))
        )
        name = function.name if function is not None else ""
        return Candidate(
            path=site.source.path,
            splices=proposal.splices,
            kind=proposal.kind,
            line=site.statement.lineno,
            function=name,
            note=proposal.note,
            score=round(score, 6),
            warm=warm,
        )


def _proposals(site: Site) -> Iterator[Proposal]:
    for generator in GENERATORS:
        yield from generator(site)


def _literals(test_sources: list[str]) -> tuple[list[str], list[int]]:
    strings: dict[str, None] = {}
    ints: dict[int, None] = {}
    for text in test_sources:
        for node in ast.walk(_parsed(text)):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                ints.setdefault(node.value)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= 20:
                strings.setdefault(node.value)
    return list(strings), list(ints)


def _parsed(text: str) -> ast.AST:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])
