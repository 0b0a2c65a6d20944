"""How well tests know a bundle: for each rule, whether it spoke in some test and was silent in another."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.policy.bundle import Bundle
from gateway.policy.marks import Marked, Query, Sighting, marked
from gateway.policy.probe import Probe
from gateway.policy.rule_objects import rule_ids
from gateway.policy.suite import Suite

Lines = Mapping[str, tuple[frozenset[int], frozenset[int]]]


@dataclass(frozen=True, slots=True)
class Clause:
    """One body of one rule (or its value, where it has no body), as the tests met it."""

    rule: str
    """Package and name."""

    ids: tuple[str, ...]
    """Ids of the rule objects that it adds to an effect set."""

    file: str
    line: int
    inner: bool
    """True for the conditions of a comprehension or an ``every``."""

    held: bool
    """Some test made all of its conditions true."""

    failed: bool
    """Some test came to it and made one of them false."""


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """What the tests of a bundle reach."""

    clauses: tuple[Clause, ...]
    missed: Mapping[str, tuple[int, ...]]
    """By file: lines that never ran."""

    @property
    def share(self) -> float:
        """Met directions, held and failed, out of two a clause."""
        met = sum(clause.held + clause.failed for clause in self.clauses)
        return met / (2 * len(self.clauses)) if self.clauses else 1.0

    @property
    def ids(self) -> Mapping[str, tuple[bool, bool]]:
        """By rule id: whether it fired in some test, and whether it was silent in another."""
        found: dict[str, tuple[bool, bool]] = {}
        for clause in self.clauses:
            for id_ in clause.ids:
                fired, silent = found.get(id_, (False, False))
                found[id_] = (fired or clause.held, silent or clause.failed)
        return dict(sorted(found.items()))


def rule_coverage(bundle: Bundle, suite: Suite) -> RuleCoverage:
    """Run all tests on a marked copy of the bundle and add up what they met."""
    marks = marked(bundle)
    probe = Probe(marks.bundle, suite.modules, lines=True)
    held: set[int] = set()
    failed: set[int] = set()
    for _ in suite.run(probe):
        seen, _said = marks.read(probe.prints())
        _note(marks, seen, held, failed)
    return _added_up(bundle, marks, held, failed, probe.lines())


def _note(marks: Marked, seen: Iterable[Sighting], held: set[int], failed: set[int]) -> None:
    """Step 0 opens an evaluation of a query; it held when the mark behind its last step follows."""
    open_: dict[int, bool] = {}
    for sighting in seen:
        query = sighting.query
        if sighting.step == 0:
            if open_.get(query) is False:
                failed.add(query)
            open_[query] = False
        elif sighting.step == len(marks.queries[query].steps):
            open_[query] = True
            held.add(query)
    failed.update(query for query, done in open_.items() if not done)


def _added_up(bundle: Bundle, marks: Marked, held: set[int], failed: set[int], lines: Lines) -> RuleCoverage:
    clauses = [_clause(query, n in held, n in failed) for n, query in enumerate(marks.queries)]
    clauses += _unconditional(bundle, lines)
    own = {module.file for module in bundle.modules}
    missed = {file: tuple(sorted(found[1])) for file, found in lines.items() if file in own and found[1]}
    return RuleCoverage(tuple(sorted(clauses, key=lambda each: (each.file, each.line))), missed)


def _clause(query: Query, held: bool, failed: bool) -> Clause:  # noqa: FBT001 - two flags of one value
    return Clause(query.name, query.ids, query.module.file, query.line, query.inner, held, failed)


def _unconditional(bundle: Bundle, lines: Lines) -> Iterator[Clause]:
    """Rules without conditions: they cannot fail, so it is enough that they ran."""
    for module in bundle.modules:
        ran, missed = lines.get(module.file, (frozenset(), frozenset()))
        for rule in module.rules:
            if rule.kind != "default" and not rule.bodies and rule.line in ran | missed:
                name = ".".join((*module.package, *(part or "_" for part in rule.path)))
                met = rule.line in ran
                ids = tuple(rule_ids(rule))
                yield Clause(name, ids, module.file, rule.line, inner=False, held=met, failed=met)


def told(coverage: RuleCoverage, root: Path) -> Iterator[str]:
    """What is missing, a line each, for a person."""
    for clause in coverage.clauses:
        lacking = [word for word, met in (("true", clause.held), ("false", clause.failed)) if not met]
        if lacking:
            what = f"{', '.join(clause.ids)} ({clause.rule})" if clause.ids else clause.rule
            part = ": a condition inside it" if clause.inner else ""
            yield f"{root / clause.file}:{clause.line}: {what}{part} is never {' nor '.join(lacking)}"
    for file, lines in sorted(coverage.missed.items()):
        yield f"{root / file}: lines that never ran: {', '.join(map(str, lines))}"
