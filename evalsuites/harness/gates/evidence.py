"""Evidence: what the measured values say about one gate, kind by kind.

Two questions are asked of the same values. *Is it shown that the gate holds?* That must be so for every
gate, so no correction is due (an intersection-union test). *Is it shown that it does not hold?* That is an
alarm, and among many gates one may go off by chance: alarms carry a p-value, which is corrected across gates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from evalsuites.harness.gates.gate import Gate
from evalsuites.harness.statistics.intervals import Interval, clopper_pearson, quantile, upper_bound, wilson
from evalsuites.harness.statistics.paired import beyond_margin, drop_interval, pairs
from evalsuites.harness.statistics.power import detectable_drop, regression_power
from evalsuites.harness.statistics.resampling import bootstrap, permutation
from evalsuites.harness.statistics.special import beta_cdf

Values = Mapping[str, Sequence[float]]
"""Measured values by case, one an epoch."""

CERTAIN = 0.0
"""The p-value of an alarm that needs no statistics."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the values say."""

    cases: int
    estimate: float
    interval: Interval
    shown: bool
    """Whether it is shown that the gate holds."""

    alarm: float
    """How likely values as bad as these would be if the gate just held."""

    level: float
    """Up to which corrected p-value an alarm counts."""

    said: str
    """In words."""

    detectable: float | None = None
    """The smallest drop that these many cases show with a power of 80 %."""


def rate(gate: Gate, values: Values) -> Evidence:
    """A share of cases that pass, against a bar."""
    if gate.reduce == "mean":
        return mean(gate, values)
    passed, n = sum(passes(gate, one) for one in values.values()), len(values)
    interval = (wilson if gate.interval == "wilson" else clopper_pearson)(passed, n, gate.confidence)
    if gate.min is not None:
        shown, alarm = interval.low >= gate.min, _at_most(passed, n, gate.min)
    else:
        assert gate.max is not None
        shown, alarm = interval.high <= gate.max, _at_most(n - passed, n, 1 - gate.max)
    said = f"{passed} of {n} cases pass ({_share(passed / n)}, {_limits(interval)}); {bar_of(gate)}"
    return Evidence(n, passed / n, interval, shown, alarm, level_of(gate), said)


def mean(gate: Gate, values: Values) -> Evidence:
    """The mean of a score over cases, against a bar."""
    scores = [fmean(one) for one in values.values()]
    interval, estimate = bootstrap(scores, gate.confidence), fmean(scores)
    bar = gate.min if gate.min is not None else gate.max
    assert bar is not None
    sign = 1 if gate.min is not None else -1
    shown = interval.low >= bar if sign > 0 else interval.high <= bar
    alarm = permutation([sign * (score - bar) for score in scores]) if sign * (estimate - bar) < 0 else 1.0
    said = f"the mean of {len(scores)} cases is {estimate:.4g} ({interval.low:.4g} to {interval.high:.4g}); "
    return Evidence(len(scores), estimate, interval, shown, alarm, level_of(gate), said + bar_of(gate))


def zero_tolerance(gate: Gate, values: Values) -> Evidence:
    """Cases that fail even once, of which there may be next to none."""
    events, n = sum(min(one) < 1 for one in values.values()), len(values)
    bound = upper_bound(events, n, gate.confidence)
    shown = events <= gate.max_events and n >= gate.min_cases
    said = (
        f"{events} events in {n} cases, so at most {_share(bound)} with {gate.confidence:.0%} confidence; "
        f"at most {gate.max_events} in at least {gate.min_cases} cases are wanted"
    )
    alarm = CERTAIN if events > gate.max_events else 1.0
    return Evidence(n, events / n, Interval(0.0, bound), shown, alarm, level_of(gate), said)


def at_quantile(gate: Gate, values: Values) -> Evidence:
    """A quantile against its limit: as many values as the quantile's share must be within the limit."""
    seen = [one for epochs in values.values() for one in epochs]
    assert gate.max is not None
    point, limits = quantile(seen, gate.share, gate.confidence)
    within, n = sum(one <= gate.max for one in seen), len(seen)
    said = (
        f"{_share(gate.share)} of {n} values are at most {point:.4g} "
        f"({limits.low:.4g} to {limits.high:.4g}); at most {gate.max:g} is wanted"
    )
    alarm = _at_most(within, n, gate.share)
    return Evidence(len(values), point, limits, limits.high <= gate.max, alarm, level_of(gate), said)


def total(gate: Gate, values: Values) -> Evidence:
    """A sum over everything, such as tokens or dollars."""
    spent = sum(one for epochs in values.values() for one in epochs)
    assert gate.max is not None
    shown = spent <= gate.max
    said = f"{spent:g} in all; at most {gate.max:g} is wanted"
    return Evidence(len(values), spent, Interval(spent, spent), shown, 1.0 if shown else CERTAIN, 0.05, said)


def no_regression(gate: Gate, values: Values, baseline: Values) -> Evidence:
    """Not worse than the baseline on the same cases, within a margin."""
    shared = sorted(values.keys() & baseline.keys())
    if gate.test == "mcnemar_midp":
        return _paired_rates(
            gate, [(passes(gate, baseline[case]), passes(gate, values[case])) for case in shared]
        )
    changes = [fmean(values[case]) - fmean(baseline[case]) for case in shared]
    interval, estimate = bootstrap(changes, gate.confidence), fmean(changes)
    drop = Interval(-interval.high, -interval.low)
    said = f"{len(shared)} cases, the mean fell by {-estimate:z.4g} ({drop.low:z.4g} to {drop.high:z.4g}); "
    worse = [change + gate.margin for change in changes]
    alarm = permutation(worse) if -estimate > gate.margin else 1.0
    return Evidence(
        len(shared), -estimate, drop, drop.high <= gate.margin, alarm, gate.alpha, said + _margin(gate)
    )


def _paired_rates(gate: Gate, outcomes: Sequence[tuple[bool, bool]]) -> Evidence:
    counts = pairs(outcomes)
    # A one-sided claim at level alpha is the limit of a two-sided interval at twice that level.
    drop = drop_interval(counts, 1 - 2 * gate.alpha)
    power = regression_power(gate.margin, gate.noise, counts.total, gate.alpha)
    strong = power >= gate.min_power
    said = (
        f"{counts.total} cases, {counts.lost} lost and {counts.gained} gained: the rate fell by "
        f"{100 * counts.drop:.2f} points ({100 * drop.low:.2f} to {100 * drop.high:.2f}); {_margin(gate)}"
    )
    if not strong:
        said += f"; the power of {power:.2f} is below the {gate.min_power:g} that is wanted"
    return Evidence(
        cases=counts.total,
        estimate=counts.drop,
        interval=drop,
        shown=drop.high <= gate.margin and strong,
        alarm=beyond_margin(counts, gate.margin),
        level=gate.alpha,
        said=said,
        detectable=detectable_drop(counts.total, gate.noise, alpha=gate.alpha),
    )


def passes(gate: Gate, epochs: Sequence[float]) -> bool:
    """Whether a case passes, all its epochs together."""
    passed = sum(value >= 1 for value in epochs)
    needed = {"every": len(epochs), "most": len(epochs) // 2 + 1, "any": 1}
    return passed >= needed.get(gate.reduce, len(epochs))


def _at_most(k: int, n: int, p: float) -> float:
    """The chance of at most k successes in n trials."""
    return 1.0 if k >= n else 1 - beta_cdf(p, k + 1, n - k)


def level_of(gate: Gate) -> float:
    """Up to which p-value an alarm of this gate counts."""
    return (1 - gate.confidence) / 2


def bar_of(gate: Gate) -> str:
    """What is wanted, in words."""
    return f"at least {gate.min:g} is wanted" if gate.min is not None else f"at most {gate.max:g} is wanted"


def _margin(gate: Gate) -> str:
    return f"a drop of up to {gate.margin:g} is allowed"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _limits(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
