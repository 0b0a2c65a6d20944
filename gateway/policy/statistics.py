"""How far a share of what was seen can be trusted."""

from math import sqrt
from typing import NamedTuple

Z95 = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


class Interval(NamedTuple):
    """A share with its bounds, each from 0 to 1."""

    low: float
    share: float
    high: float


def wilson(hits: int, total: int, z: float = Z95) -> Interval:
    """Wilson's score interval of ``hits`` out of ``total``.

    It holds its level near 0 and 1, where most flip rates lie. Of nothing nothing is known: 0 to 1.

    Raises:
        ValueError: there are more hits than cases, or a number is negative.
    """
    if not 0 <= hits <= total:
        raise ValueError(f"{hits} of {total} is no share")
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    share, weight = hits / total, z * z / total
    centre = (share + weight / 2) / (1 + weight)
    half = z * sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == total else min(1.0, centre + half)
    return Interval(low, share, high)
