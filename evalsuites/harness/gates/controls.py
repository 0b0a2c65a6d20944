"""Negative controls: a gate that cannot fail looks just like a gate that holds.

Each gate is judged on made-up results for the very cases of its suite: the worst possible, which must fail,
and flawless ones, which must pass. A gate that does not fail is no gate; one that cannot pass asks for more
than its cases can show. A gate on a judge is tried with the judge's own errors; where it may not decide at
all, with those of one that never errs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from evalsuites.harness.gates.gate import Gate, GateFile
from evalsuites.harness.gates.ruling import State, expanded, rule
from evalsuites.harness.judging.standing import Judges, Standing
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.suite import Suite

_FAR = 1e9
"""Added to a limit, it is beyond what any gate allows."""


@dataclass(frozen=True, slots=True)
class Control:
    """What one gate says of the worst and of flawless results."""

    gate: str
    worst: State
    best: State

    @property
    def works(self) -> bool:
        """True where the gate can both fail and pass."""
        return self.worst == "fail" and self.best == "pass"


def controls(file: GateFile, suites: Mapping[str, Suite], judges: Judges | None = None) -> Iterator[Control]:
    """Try every gate alone."""
    trusted = {key: one.undoubted for key, one in (judges or {}).items() if not one.faults}
    for gate in expanded(file.gates, suites):
        if gate.suite not in suites:
            continue
        alone = replace(file, gates=(gate,))
        judge = trusted.get((gate.suite, gate.metric))
        bad, good = (
            _judged(_made_up(gate, suites[gate.suite], good=good), gate, judge, good=good)
            for good in (False, True)
        )
        yield Control(
            gate.id,
            worst=rule(alone, suites, bad, good, trusted).gates[0].state,
            best=rule(alone, suites, good, good, trusted).gates[0].state,
        )


def _made_up(gate: Gate, suite: Suite, *, good: bool) -> Sequence[Result]:
    value = _value(gate, good=good)
    made = Result(suite.name, "", 1, Status.OK, {gate.metric: Score(value)}, milliseconds=value, usd=value)
    made = replace(made, tokens=int(value), upstream_ms=0.0, priced=True)
    every = [replace(made, case=case.id, strata=case.strata) for case in suite.cases if not case.skip]
    return every if good or gate.kind != "parity" else _one_sided(gate, every)


def _judged(results: Sequence[Result], gate: Gate, judge: Standing | None, *, good: bool) -> Sequence[Result]:
    """As a judge would see the worst, or flawless, answers: with as many errors as among its labels."""
    if judge is None or judge.calibration is None:
        return results
    errors = judge.calibration.errors
    passed = round(len(results) * (errors.tpr if good else 1 - errors.tnr))
    return [
        replace(one, scores={gate.metric: Score(float(place < passed))}) for place, one in enumerate(results)
    ]


def _one_sided(gate: Gate, results: Sequence[Result]) -> Sequence[Result]:
    """The greatest difference between the sides of pairs that can be."""
    first = min(one.strata.get(gate.side, "") for one in results)
    return [
        replace(one, scores={gate.metric: Score(float(one.strata.get(gate.side, "") == first))})
        for one in results
    ]


def _value(gate: Gate, *, good: bool) -> float:
    """A value of the metric that is as good, or as bad, as can be."""
    if gate.kind in {"quantile", "total"}:
        return 0.0 if good else (gate.max or 0.0) + _FAR
    if gate.kind == "mean":
        bar = gate.min if gate.min is not None else gate.max or 0.0
        return bar + (_FAR if (gate.min is not None) is good else -_FAR)
    if gate.kind == "rate" and gate.max is not None:
        return float(not good)
    return float(good)
