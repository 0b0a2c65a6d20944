"""Counterfactual pairs: two cases that differ in one thing, and what that thing does to the outcome."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from evalsuites.harness.statistics.intervals import Interval
from evalsuites.harness.statistics.paired import Pairs, beyond_margin, drop_interval, pairs
from evalsuites.harness.statistics.resampling import bootstrap, permutation
from evalsuites.harness.suite import Case

Sides = Sequence[tuple[float, float]]
"""Outcomes of the first and the second side of each pair, epochs averaged."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How the sides of pairs differ."""

    pairs: int
    estimate: float
    """Mean of first minus second."""

    interval: Interval
    effect: float
    """Cohen's d of the paired differences: the mean in units of their spread; 0 where they are all alike."""

    first: int
    """Pairs in which the first side has the higher outcome."""

    second: int
    """Pairs in which the second side has."""

    beyond: float
    """Two-sided p-value that the mean difference is within the margin."""


def counterparts(
    values: Mapping[str, Sequence[float]], cases: Iterable[Case], *, pair: str = "pair", side: str = "side"
) -> Sides:
    """Outcomes of every pair of which both sides were measured.

    Args:
        values: measured values by case.
        cases: the suite's cases.
        pair: the stratum whose value two cases share.
        side: the stratum in which they differ; the lesser value is the first side.
    """
    found: dict[str, dict[str, float]] = {}
    for case in cases:
        if case.id in values and {pair, side} <= case.strata.keys():
            found.setdefault(case.strata[pair], {})[case.strata[side]] = fmean(values[case.id])
    both = (sides for _, sides in sorted(found.items()) if len(sides) == 2)
    return [(sides[min(sides)], sides[max(sides)]) for sides in both]


def difference(sides: Sides, margin: float, confidence: float = 0.95) -> Difference:
    """Effect size and interval; outcomes of 0 and 1 are counted, others resampled.

    Raises:
        ValueError: there is no pair.
    """
    if not sides:
        raise ValueError("there is no pair")
    changes = [first - second for first, second in sides]
    passing = all(value in {0.0, 1.0} for both in sides for value in both)
    interval, beyond = (
        _counted(pairs((first == 1, second == 1) for first, second in sides), margin, confidence)
        if passing
        else _resampled(changes, margin, confidence)
    )
    spread = stdev(changes) if len(changes) > 1 else 0.0
    return Difference(
        pairs=len(sides),
        estimate=fmean(changes),
        interval=interval,
        effect=fmean(changes) / spread if spread else 0.0,
        first=sum(change > 0 for change in changes),
        second=sum(change < 0 for change in changes),
        beyond=beyond,
    )


def _counted(counts: Pairs, margin: float, confidence: float) -> tuple[Interval, float]:
    swapped = counts._replace(lost=counts.gained, gained=counts.lost)
    worse = min(beyond_margin(counts, margin), beyond_margin(swapped, margin))
    return drop_interval(counts, confidence), min(1.0, 2 * worse)


def _resampled(changes: Sequence[float], margin: float, confidence: float) -> tuple[Interval, float]:
    distance = fmean(changes)
    sign = -1 if distance > 0 else 1
    beyond = permutation([sign * change + margin for change in changes]) if abs(distance) > margin else 1.0
    return bootstrap(changes, confidence), min(1.0, 2 * beyond)
