"""Two systems on the same cases: who is worse, and by how much at most."""

from collections.abc import Iterable
from math import comb, fsum, sqrt
from statistics import NormalDist
from typing import NamedTuple

from evalsuites.harness.statistics.intervals import Interval

_NORMAL = NormalDist()
_HALVINGS = 200


class Pairs(NamedTuple):
    """How paired passes and failures went together."""

    both: int = 0
    lost: int = 0
    """The baseline passed, the candidate failed."""

    gained: int = 0
    """The baseline failed, the candidate passed."""

    neither: int = 0

    @property
    def total(self) -> int:
        """Cases that both were asked."""
        return sum(self)

    @property
    def drop(self) -> float:
        """How much lower the candidate's rate is; negative where it is better."""
        return (self.lost - self.gained) / self.total if self.total else 0.0


def pairs(outcomes: Iterable[tuple[bool, bool]]) -> Pairs:
    """Count ``(baseline passed, candidate passed)``."""
    seen = list(outcomes)
    return Pairs(*(seen.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))))


def mcnemar_midp(lost: int, gained: int) -> float:
    """One-sided mid-p value that the candidate is not worse (Fagerland et al., BMC Med Res Methodol 13:91).

    Half the chance of what was seen, and all of what would be worse, if cases were lost and gained alike.
    """
    n = lost + gained
    worse: int = sum(comb(n, k) for k in range(lost + 1, n + 1))
    return (2 * worse + comb(n, lost)) / (1 << (n + 1))


def beyond_margin(counts: Pairs, margin: float) -> float:
    """One-sided p-value that the drop is at most ``margin``.

    The larger of Tango's score test at the margin and the mid-p test of no drop at all: where few cases
    changed, the score test alone would be too sure.
    """
    score = 1 - _NORMAL.cdf(_score(counts, margin)) if counts.total else 1.0
    return max(score, mcnemar_midp(counts.lost, counts.gained))


def drop_interval(counts: Pairs, confidence: float = 0.95) -> Interval:
    """Tango's score interval for the drop of a paired rate (Statistics in Medicine 17, 1998)."""
    if not counts.total:
        return Interval(-1.0, 1.0)
    z = _NORMAL.inv_cdf((1 + confidence) / 2)
    return Interval(_limit(counts, z, -1.0), _limit(counts, -z, 1.0))


def _limit(counts: Pairs, z: float, end: float) -> float:
    """The drop between the observed one and ``end`` at which the score is ``z``."""
    inner, outer = counts.drop, end
    for _ in range(_HALVINGS):
        middle = (inner + outer) / 2
        beyond = _score(counts, middle) > z if z > 0 else _score(counts, middle) < z
        inner, outer = (inner, middle) if beyond else (middle, outer)
    return (inner + outer) / 2


def _score(counts: Pairs, drop: float) -> float:
    """How many standard errors the observed drop is above ``drop``."""
    n, b, c = counts.total, counts.lost, counts.gained
    gained = _constrained(n, b, c, drop)
    variance = n * (2 * gained + drop * (1 - drop))
    distance = b - c - n * drop
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf") * distance
    return distance / sqrt(variance)


def _constrained(n: int, b: int, c: int, drop: float) -> float:
    """The likeliest chance of a gain among those where losses exceed gains by ``drop``."""
    linear = -b - c + (2 * n - b + c) * drop
    constant = -c * drop * (1 - drop)
    root = max(0.0, linear * linear - 8 * n * constant)
    return max(0.0, (sqrt(root) - linear) / (4 * n))


def mean(values: Iterable[float]) -> float:
    """The mean, without drift."""
    kept = list(values)
    return fsum(kept) / len(kept)
