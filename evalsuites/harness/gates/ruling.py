"""The ruling: pass, fail or inconclusive, for every gate and for the run.

| exit code | meaning |
|---|---|
| 0 | every gate holds |
| 1 | at least one gate is shown not to hold |
| 2 | a suite, gate file or option cannot be used |
| 3 | too little evidence: cases not measured, too few of them, power too low, budget spent |
| 4 | too many errors of target or harness to say anything |
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evalsuites.harness.builtin import BUILT_IN
from evalsuites.harness.gates import evidence
from evalsuites.harness.gates.evidence import Evidence, Values
from evalsuites.harness.gates.gate import Gate, GateFile
from evalsuites.harness.gates.judged import judged_rate
from evalsuites.harness.gates.parity import parity
from evalsuites.harness.gates.precision import alarms
from evalsuites.harness.judging.standing import Judges, Standing
from evalsuites.harness.metrics.base import Unmeasured
from evalsuites.harness.result import Result, Score, Status, values
from evalsuites.harness.statistics.multiplicity import holm
from evalsuites.harness.suite import Case, Suite

State = Literal["pass", "fail", "inconclusive"]
PASS, FAILED, USAGE, INCONCLUSIVE, INFRASTRUCTURE = range(5)


@dataclass(frozen=True, slots=True)
class GateResult:
    """How one gate fared, and why."""

    gate: Gate
    state: State
    reason: str
    coverage: float
    """Share of the gate's cases that were measured."""

    evidence: Evidence | None = None
    corrected: float = 1.0
    """The p-value of the alarm after correction."""

    @property
    def warns(self) -> bool:
        """Whether it is one of those that decide nothing, and is not shown to hold."""
        return self.gate.advisory and self.state != "pass"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer of a run."""

    gates: tuple[GateResult, ...]
    errors: float
    """Share of results that are errors or time-outs."""

    exit_code: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Material:
    """What all gates look at."""

    file: GateFile
    suites: Mapping[str, Suite]
    results: Sequence[Result]
    baseline: Sequence[Result]
    judges: Judges


def rule(
    file: GateFile,
    suites: Mapping[str, Suite],
    results: Sequence[Result],
    baseline: Sequence[Result] = (),
    judges: Judges | None = None,
) -> Ruling:
    """Judge a run. Gates of suites that are not there are inconclusive: silence is no pass."""
    material = _Material(file, suites, results, baseline, judges or {})
    looked = [_looked_at(gate, material) for gate in expanded(file.gates, suites)]
    settled = tuple(_settled(looked, correct=file.holm))
    errors = _error_rate(results)
    return Ruling(settled, errors, *_exit(file, settled, errors, results))


def expanded(gates: Iterable[Gate], suites: Mapping[str, Suite]) -> Iterator[Gate]:
    """Gates, those for each value of a stratum one by one."""
    for gate in gates:
        if not gate.each or gate.suite not in suites:
            yield gate
            continue
        found = {case.strata.get(gate.each, "") for case in suites[gate.suite].cases}
        for value in sorted(found - {""}):
            yield replace(gate, id=f"{gate.id}[{value}]", each="", where={**gate.where, gate.each: value})


def _looked_at(gate: Gate, material: _Material) -> GateResult:
    suite = material.suites.get(gate.suite)
    cases = {case.id for case in suite.cases if _asked(case, gate)} if suite else set()
    if not cases:
        return GateResult(gate, "inconclusive", f"there is no case of `{gate.suite}` for this gate", 0.0)
    ours = _concerning(gate, cases, material.results)
    measured = values(ours, gate.metric)
    coverage = len(measured) / len(cases)
    judge = material.judges.get((gate.suite, gate.metric))
    if judge and (doubts := judge.doubts(gate.metric, material.results)):
        return _doubted(gate, judge, doubts, measured, coverage)
    if not measured:
        return GateResult(gate, "inconclusive", f"not one case was measured{_why(gate, ours)}", 0.0)
    if gate.kind == "no_regression":
        return _against(gate, cases, measured, material)
    assert suite is not None
    found = _evidence(gate, measured, suite, judge)
    if found is None:
        return GateResult(gate, "inconclusive", _MISSING[gate.kind], 0.0)
    found = replace(found, said=found.said + _recorded(gate, ours))
    looked = GateResult(gate, "inconclusive", "", coverage, found)
    return _enough(material.file, looked, len(cases), _why(gate, ours))


def _doubted(
    gate: Gate, judge: Standing, doubts: Sequence[str], measured: Values, coverage: float
) -> GateResult:
    """What a judge says that nobody can rely on is told, and is no evidence."""
    passed = sum(evidence.passes(gate, one) for one in measured.values())
    said = f"the judge `{judge.profile.name}` decides nothing: {'; '.join(doubts)}"
    return GateResult(
        gate, "inconclusive", f"{said}. It passes {passed} of {len(measured)} cases, uncorrected", coverage
    )


_MISSING = {
    "parity": "there is no pair of which both sides were measured",
    "precision": "there are no measured cases of both sorts, harmful and harmless",
}


def _evidence(gate: Gate, measured: Values, suite: Suite, judge: Standing | None) -> Evidence | None:
    if gate.kind == "parity":
        return parity(gate, measured, suite.cases)
    if gate.kind == "precision":
        return alarms(gate, measured, suite.cases)
    if judge is not None and judge.calibration is not None:
        return judged_rate(gate, measured, judge.calibration.errors)
    kinds = {
        "rate": evidence.rate,
        "mean": evidence.mean,
        "zero_tolerance": evidence.zero_tolerance,
        "quantile": evidence.at_quantile,
        "total": evidence.total,
    }
    return kinds[gate.kind](gate, measured)


def _against(gate: Gate, cases: set[str], measured: Values, material: _Material) -> GateResult:
    """Only cases that did not change since the baseline was blessed can be compared."""
    before = values(_concerning(gate, cases, material.baseline), gate.metric)
    shared = before.keys() & measured.keys()
    if not shared:
        return GateResult(gate, "inconclusive", "there is no blessed baseline for these cases", 0.0)
    found = evidence.no_regression(gate, measured, before)
    looked = GateResult(gate, "inconclusive", "", len(shared) / len(cases), found)
    return _enough(material.file, looked, len(cases), "")


def _enough(file: GateFile, looked: GateResult, cases: int, why: str) -> GateResult:
    """Note where too little was measured; what fails nevertheless fails."""
    assert looked.evidence is not None
    if looked.coverage >= file.coverage:
        return replace(looked, reason=looked.evidence.said)
    short = f"only {looked.coverage:.1%} of {cases} cases were measured, {file.coverage:.1%} are wanted{why}"
    return replace(
        looked, reason=f"{short}; {looked.evidence.said}", evidence=replace(looked.evidence, shown=False)
    )


def _settled(looked: Sequence[GateResult], *, correct: bool) -> Iterator[GateResult]:
    corrected = _corrected(looked) if correct else _alarms(looked)
    for one in looked:
        if one.evidence is None:
            yield one
            continue
        p = corrected[one.gate.id]
        state: State = "fail" if p <= one.evidence.level else "pass" if one.evidence.shown else "inconclusive"
        yield replace(one, state=state, corrected=p)


def _corrected(looked: Sequence[GateResult]) -> Mapping[str, float]:
    """Gates that decide nothing make the others no less sharp."""
    families = ([one for one in looked if one.gate.advisory is advisory] for advisory in (False, True))
    return {gate: p for family in families for gate, p in holm(_alarms(family)).items()}


def _alarms(looked: Sequence[GateResult]) -> Mapping[str, float]:
    return {one.gate.id: one.evidence.alarm for one in looked if one.evidence}


def _exit(
    file: GateFile, gates: Sequence[GateResult], errors: float, results: Sequence[Result]
) -> tuple[int, str]:
    deciding = [one for one in gates if not one.gate.advisory]
    failed = [one.gate.id for one in deciding if one.state == "fail"]
    open_ones = [one.gate.id for one in deciding if one.state == "inconclusive"]
    if failed:
        return FAILED, f"not held: {', '.join(failed)}"
    if errors > file.errors:
        return INFRASTRUCTURE, f"{errors:.1%} of results are errors or time-outs, {file.errors:.1%} may be"
    if not deciding or not results:
        return INCONCLUSIVE, "there was nothing to judge"
    if open_ones and file.blocks:
        return INCONCLUSIVE, f"not shown: {', '.join(open_ones)}"
    return PASS, f"not shown: {', '.join(open_ones)}" if open_ones else _held(gates)


def _held(gates: Sequence[GateResult]) -> str:
    """That all gates hold, but for those that decide nothing."""
    missed = [one.gate.id for one in gates if one.warns]
    said = f"all {len(gates) - len(missed)} gates hold"
    return f"{said}; advisory, and not held or not shown: {', '.join(missed)}" if missed else said


def _concerning(gate: Gate, cases: set[str], results: Iterable[Result]) -> Sequence[Result]:
    """The results of a gate's cases, with its metric if every result has that."""
    ours = [one for one in results if one.suite == gate.suite and one.case in cases]
    return [_built_in(one, gate.metric) for one in ours] if gate.metric in BUILT_IN else ours


def _built_in(result: Result, metric: str) -> Result:
    try:
        return replace(result, scores={metric: Score(BUILT_IN[metric](result))})
    except Unmeasured as reason:
        return replace(result, scores={}, unmeasured={metric: str(reason)})


def _why(gate: Gate, results: Iterable[Result]) -> str:
    """The commonest reason for which there is no measurement."""
    told = Counter(one.unmeasured.get(gate.metric) or one.reason for one in results)
    del told[""]
    return f": {told.most_common(1)[0][0]}" if told else ""


def _recorded(gate: Gate, results: Iterable[Result]) -> str:
    """Times of recordings are those of another day and machine, and said to be."""
    replayed = sum(one.replayed and gate.metric in one.scores for one in results)
    if gate.metric != "latency_ms" or not replayed:
        return ""
    return f"; in {replayed} cases the upstream's part is as it was recorded"


def _asked(case: Case, gate: Gate) -> bool:
    return not case.skip and all(case.strata.get(name) == value for name, value in gate.where.items())


def _error_rate(results: Sequence[Result]) -> float:
    broken = sum(one.status in {Status.ERROR, Status.TIMEOUT} for one in results)
    return broken / len(results) if results else 0.0
