"""Temperatures that make the scores honest, and thresholds at stated operating points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from onnx_models.training.schema import LABELS

Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.str_]

_TEMPERATURES: Final = np.geomspace(0.4, 4.0, 60)
_GRID: Final = np.arange(0.3, 0.996, 0.005)
_SURE: Final = 0.748
"""What stops a prompt must be rather sure, however few false alarms the validation rows give."""

_FEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class Target:
    """An operating point: the lowest threshold that keeps a figure within its limit."""

    figure: str
    """``false_positive_rate`` at most (the mean over sources), or ``precision`` at least."""

    limit: float


PROMPTS: Final = frozenset(
    {
        "awesome_chatgpt_prompts", "banking77", "bipia", "clinc150", "cyberseceval_frr", "gsm8k",
        "deepset_prompt_injections", "truthfulqa_questions", "made_documents", "made_framed",
        "made_abroad", "made_brief", "made_long_benign", "made_prompts", "made_question", "made_to_people",
        "made_trigger_words",
    }
)  # fmt: skip
"""Where the harmless prompts are that alarms are counted on: posts and reviews would only dilute the rate."""

TARGETS: Final[Mapping[str, Target]] = {
    "toxicity": Target("precision", 0.9),
    "hate": Target("precision", 0.75),
    "insult": Target("precision", 0.75),
    "threat": Target("precision", 0.75),
    "sexual": Target("precision", 0.75),
    "profanity": Target("precision", 0.75),
    "self_harm": Target("precision", 0.75),
    "violence": Target("precision", 0.75),
    "bias": Target("precision", 0.75),
    "injection": Target("false_positive_rate", 0.0015),
    "harm_request": Target("false_positive_rate", 0.002),
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


def calibrate(logits: Floats, wanted: Floats, sources: Sequence[str]) -> dict[str, Calibration]:
    """Each label on the validation rows that annotate it; NaN means unknown."""
    named = np.array(sources)
    return {
        name: _one(logits[known, at], wanted[known, at], named[known], TARGETS[name])
        for at, name in enumerate(LABELS)
        for known in [~np.isnan(wanted[:, at])]
    }


def _one(logits: Floats, wanted: Floats, sources: Names, target: Target) -> Calibration:
    if min(wanted.sum(), (1 - wanted).sum()) < _FEWEST:
        return Calibration(1.0, 0.5)
    losses = [_loss(sigmoid(logits / temperature), wanted) for temperature in _TEMPERATURES]
    temperature = float(_TEMPERATURES[int(np.argmin(losses))])
    return Calibration(temperature, _threshold(sigmoid(logits / temperature), wanted, sources, target))


def _loss(scores: Floats, wanted: Floats) -> float:
    inside = np.clip(scores, 1e-6, 1 - 1e-6)
    return float(-np.mean(wanted * np.log(inside) + (1 - wanted) * np.log(1 - inside)))


def _threshold(scores: Floats, wanted: Floats, sources: Names, target: Target) -> float:
    """The lowest of a grid that reaches the target; the highest of all if none does."""
    if target.figure == "false_positive_rate":
        grid = _GRID[_GRID > _SURE]
        reached = (_alarms(scores, wanted, sources, at) <= target.limit for at in grid)
    else:
        grid, real = _GRID, _annotated(wanted, sources)
        reached = (_precision(scores[real], wanted[real], at) >= target.limit for at in grid)
    return round(float(next((at for at, good in zip(grid, reached, strict=True) if good), grid[-1])), 3)


def _annotated(wanted: Floats, sources: Names) -> npt.NDArray[np.bool_]:
    """Rows that people wrote, if enough of them are positive: precision on our own templates comes cheap."""
    real = ~np.char.startswith(sources, "made_")
    return real if wanted[real].sum() >= _FEWEST else np.ones_like(real)


def _precision(scores: Floats, wanted: Floats, threshold: float) -> float:
    above = wanted[scores >= threshold]
    return float(above.mean()) if len(above) else 1.0


def _alarms(scores: Floats, wanted: Floats, sources: Names, threshold: float) -> float:
    """False positives on prompts, every source with enough of them counting the same."""
    negative = wanted < 0.5
    homes = sorted(PROMPTS & set(sources[negative].tolist())) or sorted(set(sources[negative].tolist()))
    parts = [scores[negative & (sources == source)] for source in homes]
    rates = [float(np.mean(part >= threshold)) for part in parts if len(part) >= _FEWEST]
    return float(np.mean(rates)) if rates else 0.0
