"""Evidence of a judge: its rate, corrected for how often it errs, the doubt about that included."""

from dataclasses import replace

from evalsuites.harness.gates.evidence import Evidence, Values, bar_of, level_of, passes
from evalsuites.harness.gates.gate import Gate
from evalsuites.harness.statistics.correction import (
    Calibration,
    corrected_alarm,
    corrected_interval,
    rogan_gladen,
)
from evalsuites.harness.statistics.intervals import wilson


def judged_rate(gate: Gate, values: Values, judge: Calibration) -> Evidence:
    """A share of cases that are truly good, as an imperfect judge lets it be estimated.

    The judge's errors are those of all labels together: the cases are taken to be as hard for it as the
    labelled answers. Where it passes more of them than can be, or fewer, that is plainly not so.
    """
    passed, n = sum(passes(gate, one) for one in values.values()), len(values)
    interval = corrected_interval(passed, n, judge, gate.confidence)
    if gate.min is not None:
        shown = interval.low >= gate.min
    else:
        assert gate.max is not None
        shown = interval.high <= gate.max
    estimate = rogan_gladen(passed / n, judge.tpr, judge.tnr)
    said = (
        f"the judge passes {passed} of {n} cases; corrected for its errors (it passes {judge.passed} of "
        f"{judge.positives} good answers and fails {judge.failed} of {judge.negatives} bad ones) "
        f"{100 * estimate:.1f} % are good ({100 * interval.low:.1f} to {100 * interval.high:.1f} %); "
        f"{bar_of(gate)}"
    )
    alarm = corrected_alarm(passed, n, judge, least=gate.min, most=gate.max)
    found = Evidence(n, estimate, interval, shown, alarm, level_of(gate), said)
    strange = _strange(passed, n, judge, gate.confidence)
    return replace(found, shown=False, alarm=1.0, said=f"{strange}; {said}") if strange else found


def _strange(passed: int, n: int, judge: Calibration, confidence: float) -> str:
    """Why the judge's errors on labels cannot be those on these cases; empty where they can."""
    seen = wilson(passed, n, confidence)
    most = wilson(judge.passed, judge.positives, confidence).high
    least = wilson(judge.negatives - judge.failed, judge.negatives, confidence).low
    if seen.low > most:
        return (
            "it passes more of these cases than of good answers, so they are not like those that have labels"
        )
    if seen.high < least:
        return "it fails more of these cases than of bad answers, so they are not like those that have labels"
    return ""
