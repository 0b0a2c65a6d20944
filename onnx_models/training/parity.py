"""Fixed sentences with the answers of the trained network, to hold the shipped file against."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import torch
from tokenizers import Tokenizer

from onnx_models.training.calibrate import Calibration
from onnx_models.training.encode import framed, load_tokenizer, tokenize, windows
from onnx_models.training.generators.danger import danger
from onnx_models.training.generators.identity import identity
from onnx_models.training.generators.injection import orders, talk
from onnx_models.training.network import Weights, forward
from onnx_models.training.schema import LABELS

_SENTENCES: Final = (
    "",
    "Please write to Ms Ana Petrova, 14 Harbour Road, Galway, or call +353 91 555 018.",
    "maria.lopez@example.org booked a table for Friday at 7 pm in Lyon under Lopez.",
    "The server at 10.0.0.12 rejected user jdoe_77 at 03:14.",
    "Angela Merkel met Emmanuel Macron in Berlin to discuss Siemens.",
    "What is the capital of Australia?",
)
_EACH: Final = 40


def sentences(seed: int) -> list[str]:
    """Our own sentences: a few by hand, the rest from the generators, and one of several windows."""
    made = (family(_EACH * 4, seed) for family in (identity, danger, orders, talk))
    drawn = [row.text for family in made for row in random.Random(seed).sample(list(family), _EACH)]
    return [*_SENTENCES, *drawn, " ".join(drawn)]


def write(
    weights: Weights, calibration: Mapping[str, Calibration], tokenizer: Path, path: Path, seed: int
) -> None:
    """One object: labels, and for each sentence its scores by the network in 32 bits."""
    texts = sentences(seed)
    found = load_tokenizer(tokenizer)
    rows = [{"text": text, "scores": _scores(weights, calibration, found, text)} for text in texts]
    path.write_text(
        json.dumps({"labels": LABELS, "rows": rows}, ensure_ascii=False, indent=0), encoding="utf-8"
    )


def _scores(
    weights: Weights, calibration: Mapping[str, Calibration], tokenizer: Tokenizer, text: str
) -> list[float]:
    (tokens,) = tokenize(tokenizer, [text])
    passes = []
    for start, end in windows(len(tokens.ids)):
        ids, cases = (torch.tensor([part]) for part in framed(tokens, start, end))
        with torch.no_grad():
            passes.append(forward(weights, ids, torch.ones_like(ids), cases)[0][0].numpy())
    logits = np.max(passes, axis=0)
    return [round(float(calibration[name].scores(logits[at])), 4) for at, name in enumerate(LABELS)]
