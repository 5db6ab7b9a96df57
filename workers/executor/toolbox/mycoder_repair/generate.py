"""All candidates for a profile, most promising first: weight of the edit times suspicion times symptoms."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from . import gen_calls, gen_conditions, gen_constants, gen_names, gen_operators, gen_other, gen_statements
from .edit import Candidate, apply
from .localise import suspiciousness
from .profile import Profile
from .scope import facts, used_names
from .site import Proposal, Site
from .source import FUNCTIONS, Source, header_end
from .symptoms import Symptoms

GENERATORS = (
    gen_operators.propose,
    gen_constants.propose,
    gen_names.propose,
    gen_calls.propose,
    gen_conditions.propose,
    gen_statements.propose,
    gen_other.propose,
)
SUSPICION_EXPONENT = 1.5
DEFINITION_SHARE = 0.6
FLOOR = 0.004


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
        self.suspicion = suspiciousness(profile, failing)
        self._strings, self._ints = _literals(test_sources)

    def ranked(self) -> list[Candidate]:
        """Without duplicates; a tie is broken by place and text, so that the order never changes."""
        found: dict[tuple[str, bytes], Candidate] = {}
        for path, source in self._sources.items():
            known = facts(source)
            for statement, suspicion in self._suspects(source):
                kinds = self._profile.kinds(path, statement.lineno)
                site = Site(source, statement, known, self._symptoms, kinds, self._strings, self._ints)
                for candidate in self._candidates(site, suspicion):
                    text = apply(source.data, candidate.splices)
                    other = found.get((path, text))
                    if other is None or other.score < candidate.score:
                        found[path, text] = candidate
        return sorted(found.values(), key=lambda c: (-c.score, c.path, c.line, c.kind, repr(c.splices)))

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

    def _suspects(self, source: Source) -> Iterator[tuple[ast.stmt, float]]:
        blamed = self._functions(source)
        for statement in source.statements():
            here = max((self._of(source, line) for line in _header_lines(statement)), default=0.0)
            if not here:
                here = DEFINITION_SHARE * self._of_definition(source, statement, blamed)
            if here:
                yield statement, here

    def _of(self, source: Source, line: int) -> float:
        return self.suspicion.get((source.path, line), 0.0)

    def _functions(self, source: Source) -> list[tuple[ast.AST, float]]:
        """Functions with the suspicion of their worst line."""
        result: list[tuple[ast.AST, float]] = []
        for node in ast.walk(source.tree):
            if isinstance(node, FUNCTIONS):
                lines = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
                worst = max((self._of(source, line) for line in lines), default=0.0)
                if worst:
                    result.append((node, worst))
        return result

    def _of_definition(self, source: Source, statement: ast.stmt, blamed: list[tuple[ast.AST, float]]) -> float:
        """Constants, class attributes and signatures are as suspicious as the code that uses them."""
        if isinstance(statement, FUNCTIONS):
            return next((worst for node, worst in blamed if node is statement), 0.0)
        if source.function_of(statement) is not None or not isinstance(statement, (ast.Assign, ast.AnnAssign)):
            return 0.0
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = {name for target in targets for name in used_names(target)}
        uses = [worst for node, worst in blamed if names & (used_names(node) | _attributes(node))]
        elsewhere = max(self.suspicion.values(), default=0.0) * 0.5
        return max(uses, default=elsewhere if source.function_of(statement) is None else 0.0)


def _attributes(node: ast.AST) -> set[str]:
    return {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def _proposals(site: Site) -> Iterator[Proposal]:
    for generator in GENERATORS:
        yield from generator(site)


def _header_lines(statement: ast.stmt) -> range:
    if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
        return range(0)
    if isinstance(statement, ast.Try):
        handlers = [h.lineno for h in statement.handlers]
        return range(statement.lineno, max(handlers, default=statement.lineno) + 1)
    return range(statement.lineno, header_end(statement) + 1)


def _literals(test_sources: list[str]) -> tuple[list[str], list[int]]:
    strings: dict[str, None] = {}
    ints: dict[int, None] = {}
    for text in test_sources:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                ints.setdefault(node.value)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) <= 20:
                strings.setdefault(node.value)
    return list(strings), list(ints)
