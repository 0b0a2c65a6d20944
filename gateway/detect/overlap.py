"""Which of several overlapping hits stands.

Only where a span is a value can two readings of it contradict each other: a telephone number inside
a card number is none. Classifiers that label a whole text keep all their labels.
"""

from bisect import bisect_left
from collections.abc import Iterable

from gateway.core.finding import Hit

EXCLUSIVE = frozenset({"pii", "secret"})

_BANDS = (0.95, 0.8, 0.5)
"""Scores nearer than these steps do not outweigh length."""


def resolve(hits: Iterable[Hit]) -> list[Hit]:
    """The hits that stand, by position. The more certain wins, then the longer, then the earlier."""
    taken: dict[str, list[tuple[int, int]]] = {category: [] for category in EXCLUSIVE}
    kept = [
        hit
        for hit in sorted(hits, key=_strength)
        if hit.category not in taken or _take(taken[hit.category], hit.start, hit.end)
    ]
    return sorted(kept, key=_position)


def _strength(hit: Hit) -> tuple[int, int, float, int, str]:
    band = sum(hit.score < step for step in _BANDS)
    return band, hit.start - hit.end, -hit.score, hit.start, hit.label


def _position(hit: Hit) -> tuple[int, int, str, str]:
    return hit.start, hit.end, hit.category, hit.label


def _take(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    """Enter a span into the sorted, disjoint spans; False when it overlaps one of them."""
    index = bisect_left(taken, (start, end))
    if index and taken[index - 1][1] > start:
        return False
    if index < len(taken) and taken[index][0] < end:
        return False
    taken.insert(index, (start, end))
    return True
