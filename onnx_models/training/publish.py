"""What leaves the recipe: the graph, the vocabulary and the manifest entry, with their digests."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from gateway.detect.onnx.normalise import VERSION
from onnx_models.training.calibrate import TARGETS, Calibration
from onnx_models.training.encode import STRIDE, WINDOW
from onnx_models.training.schema import LABELS, TAGS

NAME: Final = "guard-minilm-l6"
VERSION_OF_WEIGHTS: Final = "2"
"""Raised with every file that is shipped."""

_FINER: Final = frozenset({"hate", "insult", "threat", "sexual", "profanity", "self_harm", "violence"})


def publish(model: Path, tokenizer: Path, calibration: Mapping[str, Calibration], folder: Path) -> None:
    """Put everything that serving needs into `folder`."""
    weights = folder / "weights" / NAME
    weights.mkdir(parents=True, exist_ok=True)
    for source, name in ((model, "model.onnx"), (tokenizer, "tokenizer.json")):
        if source.resolve() != (weights / name).resolve():
            shutil.copyfile(source, weights / name)
    (folder / "manifest.toml").write_text(_manifest(weights, calibration), encoding="utf-8")


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def key(label: str) -> str:
    """The name of a score as policies see it."""
    return f"toxicity/{label}" if label in _FINER else label


RECOGNISED = MappingProxyType(
    {"CREDIT_CARD": "card", "EMAIL": "email", "IBAN": "iban", "IP_ADDRESS": "ip_address", "PHONE": "phone"}
)
"""Kinds for which the gateway's recognisers have a name: policies should see one, not two."""


def _manifest(weights: Path, calibration: Mapping[str, Calibration]) -> str:
    head: dict[str, str | int | Sequence[str]] = {
        "id": NAME,
        "version": VERSION_OF_WEIGHTS,
        "task": "text-and-token-classification",
        "file": f"weights/{NAME}/model.onnx",
        "sha256": digest(weights / "model.onnx"),
        "licence": "Apache-2.0",
        "source": "trained by onnx_models/training from sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
        "card": f"cards/{NAME}.md",
        "tokenizer": f"weights/{NAME}/tokenizer.json",
        "tokenizer_sha256": digest(weights / "tokenizer.json"),
        "normaliser": VERSION,
        "token_types": "letter_case",
        "pooling": "graph",
        "aggregate": "max",
        "tags": TAGS,
        "max_tokens": WINDOW,
        "stride": STRIDE,
    }
    lines = [
        "# Written by `python -m onnx_models.training`; README.md says what each key means.",
        "",
        "[[model]]",
    ]
    lines += [f"{name} = {_value(value)}" for name, value in head.items()]
    lines += ["", "[model.spans]", *(f'{kind} = "{name}"' for kind, name in RECOGNISED.items())]
    for label in LABELS:
        one, target = calibration[label], TARGETS[label]
        lines += ["", "[[model.labels]]", f'name = "{label}"', f'score = "{key(label)}"']
        lines += [f"temperature = {one.temperature:.4f}", f"threshold = {one.threshold}"]
        lines += [f'operating_point = "{target.figure} {target.limit}"']
    return "\n".join((*lines, ""))


def _value(value: str | int | Sequence[str]) -> str:
    match value:
        case int():
            return str(value)
        case str():
            return f'"{value}"'
    return "[\n" + "".join(f'    "{item}",\n' for item in value) + "]"
