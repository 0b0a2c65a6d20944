"""Intervals for a rate and for a quantile."""

from collections.abc import Sequence
from math import ceil
from statistics import NormalDist
from typing import NamedTuple

from evalsuites.harness.statistics.special import beta_cdf, beta_quantile
from gateway.policy.statistics import wilson as score_interval

_NORMAL = NormalDist()


class Interval(NamedTuple):
    """Where the true value lies, at the stated confidence."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high


def wilson(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a rate (JASA 22, 1927); nothing is known of no trials.

    Near its nominal level on average, also for few trials and for rates near 0 and 1.
    """
    _check(successes, trials)
    found = score_interval(successes, trials, _NORMAL.inv_cdf((1 + confidence) / 2))
    return Interval(found.low, found.high)


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Clopper and Pearson's interval (Biometrika 26, 1934): never below its nominal level."""
    _check(successes, trials)
    tail = (1 - confidence) / 2
    failures = trials - successes
    low = beta_quantile(tail, successes, failures + 1) if successes else 0.0
    high = beta_quantile(1 - tail, successes + 1, failures) if failures else 1.0
    return Interval(low, high)


def upper_bound(events: int, trials: int, confidence: float = 0.95) -> float:
    """One-sided exact limit of a rate: for no events in n trials ``1 - (1 - confidence) ** (1 / n)``."""
    _check(events, trials)
    return beta_quantile(confidence, events + 1, trials - events) if events < trials else 1.0


def quantile(values: Sequence[float], share: float, confidence: float = 0.95) -> tuple[float, Interval]:
    """A quantile and its interval from order statistics, whatever the distribution.

    The interval is infinite on a side where there are too few values to say.
    """
    if not values:
        raise ValueError("there is no quantile of nothing")
    ordered = sorted(values)
    point = ordered[min(len(ordered), max(1, ceil(share * len(ordered)))) - 1]
    return point, Interval(*_order_limits(ordered, share, (1 - confidence) / 2))


def _order_limits(ordered: Sequence[float], share: float, tail: float) -> tuple[float, float]:
    """The r-th smallest is above the quantile with the chance that fewer than r values are below it."""
    n = len(ordered)
    low, high = float("-inf"), float("inf")
    for rank in range(1, n + 1):
        at_least = beta_cdf(share, rank, n - rank + 1)
        if 1 - at_least <= tail:
            low = ordered[rank - 1]
        if at_least <= tail:
            high = ordered[rank - 1]
            break
    return low, high


def _check(successes: int, trials: int) -> None:
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no rate")
