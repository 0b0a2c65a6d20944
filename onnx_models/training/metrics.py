"""Figures of merit and their bootstrap intervals."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from onnx_models.training.schema import Span

Floats = npt.NDArray[np.float64]
Metric = Callable[[Floats, Floats], float]

_ROUNDS: Final = 300


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, the middle 95 % of its bootstrap, and how many rows it stands on."""

    value: float
    low: float
    high: float
    rows: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n={self.rows})"


def auc(scores: Floats, wanted: Floats) -> float:
    """How often a positive row scores above a negative one; ties count half."""
    order = np.argsort(scores, kind="stable")
    _, inverse, counts = np.unique(scores[order], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = wanted[order] > 0.5
    ones, zeros = positive.sum(), (~positive).sum()
    if not ones or not zeros:
        return float("nan")
    return float((ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def false_positive_rate(threshold: float) -> Metric:
    """The share of negative rows at or above the threshold."""
    return lambda scores, wanted: (
        float(np.mean(scores[wanted < 0.5] >= threshold)) if (wanted < 0.5).any() else float("nan")
    )


def recall(threshold: float) -> Metric:
    """The share of positive rows at or above the threshold."""
    return lambda scores, wanted: (
        float(np.mean(scores[wanted > 0.5] >= threshold)) if (wanted > 0.5).any() else float("nan")
    )


def precision(threshold: float) -> Metric:
    """The share of rows at or above the threshold that are positive."""
    return lambda scores, wanted: (
        float(np.mean(wanted[scores >= threshold])) if (scores >= threshold).any() else float("nan")
    )


def calibration_error(scores: Floats, wanted: Floats) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((scores * 10).astype(int), 9)
    gaps = (
        abs(scores[bins == at].mean() - wanted[bins == at].mean()) * (bins == at).mean()
        for at in set(bins.tolist())
    )
    return float(sum(gaps))


def bootstrap(metric: Metric, scores: Floats, wanted: Floats, seed: int = 1) -> Estimate:
    """The metric, and what it would be on other draws of as many rows."""
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(scores), size=len(scores)) for _ in range(_ROUNDS))
    values = [metric(scores[draw], wanted[draw]) for draw in draws]
    low, high = np.nanpercentile(values, [2.5, 97.5]) if np.isfinite(values).any() else (np.nan, np.nan)
    return Estimate(metric(scores, wanted), float(low), float(high), len(scores))


def span_f1(found: Sequence[Iterable[Span]], wanted: Sequence[Iterable[Span]], seed: int = 1) -> Estimate:
    """F1 of spans that agree in start, end and kind."""
    counts = np.array(
        [_agreement(set(got), set(want)) for got, want in zip(found, wanted, strict=True)], float
    )
    rng = np.random.default_rng(seed)
    draws = [_f1(counts[rng.integers(len(counts), size=len(counts))]) for _ in range(_ROUNDS)]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Estimate(_f1(counts), float(low), float(high), len(counts))


def _agreement(found: set[Span], wanted: set[Span]) -> tuple[int, int, int]:
    return len(found & wanted), len(found), len(wanted)


def _f1(counts: Floats) -> float:
    hits, found, wanted = counts.sum(0)
    return float(2 * hits / (found + wanted)) if found + wanted else float("nan")
