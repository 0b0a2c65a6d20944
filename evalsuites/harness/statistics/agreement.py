"""How far two raters, or a judge and people, agree beyond chance."""

from collections import Counter
from collections.abc import Hashable, Sequence
from random import Random
from statistics import fmean
from typing import TypeVar

from evalsuites.harness.statistics.intervals import Interval

Label = TypeVar("Label", bound=Hashable)
Ratings = Sequence[tuple[Label, Label]]


def agreement(ratings: Ratings[Label]) -> float:
    """The share of items with one label."""
    return fmean(first == second for first, second in ratings)


def cohen_kappa(ratings: Ratings[Label]) -> float:
    """Cohen's kappa (1960); 1 where both always say the same one thing."""
    n = len(ratings)
    first, second = Counter(one for one, _ in ratings), Counter(two for _, two in ratings)
    chance = sum(first[label] * second[label] for label in first) / (n * n)
    return _beyond(agreement(ratings), chance)


def gwet_ac1(ratings: Ratings[Label]) -> float:
    """Gwet's AC1 (2008): stable where one label is rare, unlike kappa."""
    n = len(ratings)
    seen = Counter(label for pair in ratings for label in pair)
    if len(seen) == 1:
        return 1.0
    shares = [count / (2 * n) for count in seen.values()]
    chance = sum(share * (1 - share) for share in shares) / (len(seen) - 1)
    return _beyond(agreement(ratings), chance)


def krippendorff_alpha(units: Sequence[Sequence[Hashable]]) -> float:
    """Krippendorff's alpha for nominal labels; single ratings say nothing."""
    counts = [Counter(unit) for unit in units if len(unit) > 1]
    total = sum((sum(unit.values()) for unit in counts), 0)
    if not total:
        raise ValueError("no unit was rated twice")
    observed = sum(_disagreeing(unit) / (sum(unit.values()) - 1) for unit in counts) / total
    expected = _disagreeing(sum(counts, Counter())) / (total * (total - 1))
    return 1.0 if expected == 0 else 1 - observed / expected


def _disagreeing(labels: Counter[Hashable]) -> int:
    """Ordered pairs of ratings with two labels."""
    total = sum(labels.values())
    return total * total - sum(count * count for count in labels.values())


def kappa_interval(
    ratings: Ratings[Label], confidence: float = 0.95, *, rounds: int = 2000, seed: int = 0
) -> Interval:
    """Percentile bootstrap of Cohen's kappa over items."""
    random = Random(seed)  # noqa: S311 - statistics, not secrets
    drawn = sorted(cohen_kappa(random.choices(ratings, k=len(ratings))) for _ in range(rounds))
    tail = int((1 - confidence) / 2 * rounds)
    return Interval(drawn[tail], drawn[-1 - tail])


def _beyond(observed: float, chance: float) -> float:
    return 1.0 if chance == 1 else (observed - chance) / (1 - chance)
