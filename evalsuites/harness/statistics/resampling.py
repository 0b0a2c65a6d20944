"""Resampling: over cases, never over epochs.

Repeats of one case say how much its score wavers, not how cases differ. So epochs are averaged first and
whole cases are drawn; more repeats make no significance.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from statistics import fmean

from evalsuites.harness.statistics.intervals import Interval

ROUNDS = 4000


def by_case(scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The mean over the epochs of each case, in the order of case ids."""
    return {case: fmean(scores[case]) for case in sorted(scores)}


def differences(
    baseline: Mapping[str, Sequence[float]], candidate: Mapping[str, Sequence[float]]
) -> list[float]:
    """``candidate - baseline`` of each case that both have."""
    before, after = by_case(baseline), by_case(candidate)
    return [after[case] - before[case] for case in before if case in after]


def bootstrap(
    values: Sequence[float],
    confidence: float = 0.95,
    *,
    statistic: Callable[[Sequence[float]], float] = fmean,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> Interval:
    """Percentile interval of a statistic of cases (Efron 1979), widened for few cases.

    The widening by ``sqrt(n / (n - 1))`` repairs the known narrowness of the percentile interval of a mean
    (Hesterberg, The American Statistician 69, 2015).
    """
    if not values:
        raise ValueError("nothing to resample")
    random = Random(seed)  # noqa: S311 - statistics, not secrets
    n = len(values)
    drawn = sorted(statistic(random.choices(values, k=n)) for _ in range(rounds))
    low, high = (_rank(drawn, (1 + sign * confidence) / 2) for sign in (-1, 1))
    middle = statistic(values)
    wider = (n / (n - 1)) ** 0.5 if n > 1 else 1.0
    return Interval(middle - (middle - low) * wider, middle + (high - middle) * wider)


def _rank(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def permutation(values: Sequence[float], *, rounds: int = ROUNDS, seed: int = 0) -> float:
    """One-sided p-value that paired differences are not below zero, by flipping their signs."""
    random = Random(seed)  # noqa: S311 - as above
    seen = sum(values)
    moved = [value for value in values if value]
    as_low = sum(
        sum(value if random.getrandbits(1) else -value for value in moved) <= seen + 1e-12
        for _ in range(rounds)
    )
    return (as_low + 1) / (rounds + 1)
