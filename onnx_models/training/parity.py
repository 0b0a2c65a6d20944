"""Fixed sentences with the answers of the trained network, to hold the shipped file against."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from onnx_models.training.calibrate import Calibration
from onnx_models.training.encode import framed, load_tokenizer, tokenize, windows
from onnx_models.training.generators.danger import danger
from onnx_models.training.generators.identity import identity
from onnx_models.training.generators.injection import orders, talk
from onnx_models.training.network import Weights, forward
from onnx_models.training.schema import LABELS
from onnx_models.training.score import Scorer

_SENTENCES: Final = (
    "",
    "Please write to Ms Ana Petrova, 14 Harbour Road, Galway, or call +353 91 555 018.",
    "maria.lopez@example.org booked a table for Friday at 7 pm in Lyon under Lopez.",
    "The server at 10.0.0.12 rejected user jdoe_77 at 03:14.",
    "Angela Merkel met Emmanuel Macron in Berlin to discuss Siemens.",
    "What is the capital of Australia?",
)
_EACH: Final = 40
_SEED: Final = 7

Scores = npt.NDArray[np.float64]


def sentences(seed: int) -> list[str]:
    """Our own sentences: a few by hand, the rest from the generators, and one of several windows."""
    made = (family(_EACH * 4, seed) for family in (identity, danger, orders, talk))
    drawn = [row.text for family in made for row in random.Random(seed).sample(list(family), _EACH)]
    return [*_SENTENCES, *drawn, " ".join(drawn)]


def write(
    weights: Weights, model: Path, tokenizer: Path, calibration: Mapping[str, Calibration], path: Path
) -> None:
    """Sentences, their scores by the network in 32 bits, and how far the quantised file is from them."""
    texts, words = sentences(_SEED), load_tokenizer(tokenizer)
    trained = np.array([_scored(_logits(weights, words, text), calibration) for text in texts])
    answers = Scorer(model, tokenizer).answers(texts)
    shipped = np.array([_scored(answer.logits, calibration) for answer in answers])
    rows = [
        {"text": text, "scores": scores}
        for text, scores in zip(texts, trained.round(4).tolist(), strict=True)
    ]
    found = {"labels": LABELS, "measured": _distance(shipped, trained, calibration), "rows": rows}
    path.write_text(json.dumps(found, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def _distance(
    shipped: Scores, trained: Scores, calibration: Mapping[str, Calibration]
) -> dict[str, float | int]:
    thresholds = np.array([calibration[name].threshold for name in LABELS])
    apart, flipped = np.abs(shipped - trained), (shipped >= thresholds) != (trained >= thresholds)
    return {
        "largest": round(float(apart.max()), 4),
        "mean": round(float(apart.mean()), 4),
        "flips": int(flipped.sum()),
        "decisions": int(flipped.size),
    }


def _scored(logits: npt.NDArray[np.float32], calibration: Mapping[str, Calibration]) -> list[float]:
    found = zip(LABELS, logits.astype(np.float64), strict=True)
    return [float(calibration[name].scores(np.array([logit]))[0]) for name, logit in found]


def _logits(weights: Weights, tokenizer: Tokenizer, text: str) -> npt.NDArray[np.float32]:
    (tokens,) = tokenize(tokenizer, [text])
    passes = []
    for start, end in windows(len(tokens.ids)):
        ids, cases = (torch.tensor([part]) for part in framed(tokens, start, end))
        with torch.no_grad():
            passes.append(forward(weights, ids, torch.ones_like(ids), cases)[0][0].numpy())
    return np.asarray(np.max(passes, axis=0), np.float32)
