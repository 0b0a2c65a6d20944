"""What a suite can see: power, detectable drops, and how many cases a promise needs."""

from functools import lru_cache
from math import ceil, exp, lgamma, log

from evalsuites.harness.statistics.intervals import wilson
from evalsuites.harness.statistics.paired import mcnemar_midp

_STEPS = 40


def zero_event_cases(rate: float, confidence: float = 0.95) -> int:
    """How many cases without an event show that the rate is below ``rate``."""
    return ceil(log(1 - confidence) / log(1 - rate))


def pass_power(true_rate: float, minimum: float, trials: int, confidence: float = 0.95) -> float:
    """The chance that Wilson's lower limit clears ``minimum`` when the true rate is ``true_rate``."""
    enough = next((k for k in range(trials + 1) if wilson(k, trials, confidence).low >= minimum), None)
    return 0.0 if enough is None else sum(_binomial(trials, k, true_rate) for k in range(enough, trials + 1))


def regression_power(drop: float, noise: float, cases: int, alpha: float = 0.05) -> float:
    """The chance that the mid-p McNemar test sees a drop.

    ``noise`` is the chance of a flip on either side without any change; a case is lost with the chance
    ``noise + drop`` and gained with ``noise``.
    """
    changed = 2 * noise + drop
    if changed <= 0:
        return 0.0
    lost = (noise + drop) / changed
    return sum(
        _binomial(cases, n, min(1.0, changed)) * _rejects(n, lost, alpha)
        for n in range(cases + 1)
        if _binomial(cases, n, min(1.0, changed)) > 1e-12
    )


def _rejects(n: int, lost: float, alpha: float) -> float:
    return sum(_binomial(n, k, lost) for k in range(_critical(n, alpha), n + 1))


@lru_cache(4096)
def _critical(n: int, alpha: float) -> int:
    """The fewest losses among n changes that are significant; more than n where none are."""
    low, high = 0, n + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if mcnemar_midp(middle, n - middle) <= alpha else (middle + 1, high)
    return low


def detectable_drop(cases: int, noise: float = 0.02, power: float = 0.8, alpha: float = 0.05) -> float | None:
    """The smallest drop that is seen with the given power; None where not even the largest is."""
    low, high = 0.0, 1 - 2 * noise
    if cases == 0 or regression_power(high, noise, cases, alpha) < power:
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (
            (low, middle) if regression_power(middle, noise, cases, alpha) >= power else (middle, high)
        )
    return high


def _binomial(n: int, k: int, p: float) -> float:
    if p <= 0 or p >= 1:
        return float(k == (n if p >= 1 else 0))
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log(1 - p))
