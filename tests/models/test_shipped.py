"""The shipped file against the manifest and against the network that it was exported from."""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.detect.onnx import normalise
from onnx_models.training.calibrate import Calibration, sigmoid
from onnx_models.training.encode import STRIDE, WINDOW
from onnx_models.training.publish import digest
from onnx_models.training.schema import LABELS, TAGS

pytest.importorskip("onnxruntime")
from onnx_models.training.score import Scorer

FOLDER = Path(__file__).parents[2] / "onnx_models"
REFERENCE = Path(__file__).with_name("parity.json")
CPUINFO = Path("/proc/cpuinfo")
EXACT = CPUINFO.exists() and "vnni" in CPUINFO.read_text()
"""Whether the processor sums eight-bit products without saturating."""


@pytest.fixture(scope="module")
def entry() -> dict[str, Any]:
    (model,) = tomllib.loads((FOLDER / "manifest.toml").read_text())["model"]
    return dict(model)


@pytest.fixture(scope="module")
def scorer(entry: dict[str, Any]) -> Scorer:
    return Scorer(FOLDER / entry["file"], FOLDER / entry["tokenizer"])


def test_the_manifest_describes_the_files(entry: dict[str, Any]) -> None:
    assert digest(FOLDER / entry["file"]) == entry["sha256"]
    assert digest(FOLDER / entry["tokenizer"]) == entry["tokenizer_sha256"]
    assert (FOLDER / entry["card"]).is_file()


def test_the_manifest_describes_the_model(entry: dict[str, Any]) -> None:
    assert tuple(label["name"] for label in entry["labels"]) == LABELS
    assert tuple(entry["tags"]) == TAGS
    assert (entry["max_tokens"], entry["stride"]) == (WINDOW, STRIDE)
    assert entry["normaliser"] == normalise.VERSION


def test_the_weights_fit() -> None:
    assert sum(path.stat().st_size for path in (FOLDER / "weights").rglob("*")) < 30_000_000


def test_quantisation_keeps_the_scores(entry: dict[str, Any], scorer: Scorer) -> None:
    """Bounds stand a little above what was measured when the file was made; the card prints that.

    How far the farthest of 1,837 scores moves hangs on how the processor sums eight-bit products, so each way
    has a bound of its own; the share of scores that move far is bounded for both.
    """
    reference = json.loads(REFERENCE.read_text())
    trained = np.array([row["scores"] for row in reference["rows"]])
    answers = scorer.answers([row["text"] for row in reference["rows"]])
    marks = [Calibration(label["temperature"], label["threshold"]) for label in entry["labels"]]
    logits = np.array([answer.logits for answer in answers], np.float64)
    shipped = np.column_stack([mark.scores(logits[:, at]) for at, mark in enumerate(marks)])
    thresholds = np.array([mark.threshold for mark in marks])
    apart = np.abs(shipped - trained)
    assert apart.max() < (0.45 if EXACT else 0.4)
    assert np.mean(apart > 0.1) < 0.005
    assert apart.mean() < 0.01
    assert np.mean((shipped >= thresholds) != (trained >= thresholds)) < 0.003


def test_batches_do_not_change_answers(scorer: Scorer) -> None:
    texts = ["short", "a somewhat longer text about nothing in particular", "x " * 400, ""]
    alone = np.array([scorer.answers([text])[0].logits for text in texts], np.float64)
    together = np.array([answer.logits for answer in scorer.answers(texts)], np.float64)
    assert np.abs(sigmoid(alone) - sigmoid(together)).max() < 0.05


@pytest.mark.parametrize(
    "text", ["", "\ud800", "\u0301" * 5000, "שלום עולם", "\U000e0fff\U0003fffe", "\x00\x01\xff", "a" * 20_000]
)
def test_no_text_is_refused(scorer: Scorer, text: str) -> None:
    (answer,) = scorer.answers([text])
    assert np.isfinite(answer.logits).all()


def test_spans_are_found_in_the_original(scorer: Scorer) -> None:
    text = "My name is A\u200bngela Merkel and I live in Berlin, write to angela@example.org"
    (answer,) = scorer.answers([text])
    found = {(text[span.start : span.end], span.kind) for span in answer.spans}
    assert ("A\u200bngela Merkel", "PERSON") in found
    assert ("Berlin", "LOCATION") in found
