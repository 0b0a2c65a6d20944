"""Temperatures that make the scores honest, and thresholds at stated operating points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from onnx_models.training.schema import LABELS

Floats = npt.NDArray[np.float64]

_TEMPERATURES: Final = np.geomspace(0.4, 4.0, 60)
_FEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class Target:
    """An operating point: the lowest threshold that keeps a figure within its limit."""

    figure: str
    """``false_positive_rate`` at most, or ``precision`` at least."""

    limit: float


TARGETS: Final[Mapping[str, Target]] = {
    "toxicity": Target("precision", 0.85),
    "hate": Target("precision", 0.75),
    "insult": Target("precision", 0.75),
    "threat": Target("precision", 0.75),
    "sexual": Target("precision", 0.75),
    "profanity": Target("precision", 0.75),
    "self_harm": Target("precision", 0.75),
    "violence": Target("precision", 0.75),
    "bias": Target("precision", 0.75),
    "injection": Target("false_positive_rate", 0.005),
    "harm_request": Target("false_positive_rate", 0.005),
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """One label's temperature and threshold; a score is ``sigmoid(logit / temperature)``."""

    temperature: float
    threshold: float

    def scores(self, logits: Floats) -> Floats:
        """Calibrated scores."""
        return sigmoid(logits / self.temperature)


def sigmoid(values: Floats) -> Floats:
    """The logistic function, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(values / 2)), np.float64)


def calibrate(logits: Floats, wanted: Floats) -> dict[str, Calibration]:
    """Each label on the validation rows that annotate it; NaN means unknown."""
    return {
        name: _one(logits[known, at], wanted[known, at], TARGETS[name])
        for at, name in enumerate(LABELS)
        for known in [~np.isnan(wanted[:, at])]
    }


def _one(logits: Floats, wanted: Floats, target: Target) -> Calibration:
    if min(wanted.sum(), (1 - wanted).sum()) < _FEWEST:
        return Calibration(1.0, 0.5)
    losses = [_loss(sigmoid(logits / temperature), wanted) for temperature in _TEMPERATURES]
    temperature = float(_TEMPERATURES[int(np.argmin(losses))])
    return Calibration(temperature, _threshold(sigmoid(logits / temperature), wanted, target))


def _loss(scores: Floats, wanted: Floats) -> float:
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    return float(-np.mean(wanted * np.log(inside) + (1 - wanted) * np.log(1 - inside)))


def _threshold(scores: Floats, wanted: Floats, target: Target) -> float:
    """The lowest of a grid that reaches the target; the one nearest to it if none does."""
    grid = np.arange(0.05, 0.99, 0.01)
    if target.figure == "false_positive_rate":
        reached = [float(np.mean(scores[wanted < 0.5] >= at)) <= target.limit for at in grid]
    else:
        reached = [
            float(wanted[scores >= at].mean()) >= target.limit if (scores >= at).any() else True
            for at in grid
        ]
    return round(float(grid[reached.index(True)] if any(reached) else grid[-1]), 2)
