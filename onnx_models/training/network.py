"""The network as functions over a table of weights: MiniLM, a pooling a label, two linear heads.

The names of the encoder's weights are those of the published checkpoint. Every label pools the
tokens with an attention of its own, which starts as the plain mean that the base was trained with.
Token types carry the letter case that the uncased vocabulary drops.
"""

# ruff: noqa: ANN401 - tensors, graph nodes and sessions come untyped

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from onnx_models.training.schema import LABELS, TAGS

Weights = dict[str, Any]

LAYERS: Final = 6
HEADS: Final = 12
WIDTH: Final = 384
CASES: Final = 3
EPSILON: Final = 1e-12


def read_safetensors(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """The 32-bit tensors of a safetensors file: a length, a JSON header, then the bytes."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    return {
        name: np.frombuffer(raw[start + at[0] : start + at[1]], np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32" and (at := entry["data_offsets"])
    }


def initial(base: Path) -> Weights:
    """The base encoder with fresh heads."""
    kept = {
        name: torch.tensor(array) for name, array in read_safetensors(base).items() if "pooler" not in name
    }
    types = kept["embeddings.token_type_embeddings.weight"][:1]
    kept["embeddings.token_type_embeddings.weight"] = types.repeat(CASES, 1)
    return kept | {
        "pool.query": torch.zeros(len(LABELS), WIDTH),
        "labels.weight": torch.randn(len(LABELS), WIDTH) * 0.02,
        "labels.bias": torch.zeros(len(LABELS)),
        "tokens.weight": torch.randn(len(TAGS), WIDTH) * 0.02,
        "tokens.bias": torch.zeros(len(TAGS)),
    }


def forward(weights: Weights, ids: Any, mask: Any, cases: Any, dropout: float = 0.0) -> tuple[Any, Any]:
    """Logits of the labels (batch, label) and of the tags (batch, token, tag)."""
    hidden = _embed(weights, ids, cases)
    keep = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * -1e4
    for layer in range(LAYERS):
        hidden = _layer(weights, f"encoder.layer.{layer}.", hidden, keep, dropout)
    return _label_logits(weights, hidden, mask), _linear(weights, "tokens", hidden)


def _embed(weights: Weights, ids: Any, cases: Any) -> Any:
    words = functional.embedding(ids, weights["embeddings.word_embeddings.weight"], sparse=True)
    places = weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    types = functional.embedding(cases, weights["embeddings.token_type_embeddings.weight"])
    return _norm(weights, "embeddings.LayerNorm", words + places + types)


def _layer(weights: Weights, name: str, hidden: Any, keep: Any, dropout: float) -> Any:
    mixed = _attend(weights, f"{name}attention.self.", hidden, keep)
    mixed = functional.dropout(_linear(weights, f"{name}attention.output.dense", mixed), dropout)
    hidden = _norm(weights, f"{name}attention.output.LayerNorm", hidden + mixed)
    wide = functional.gelu(_linear(weights, f"{name}intermediate.dense", hidden))
    narrow = functional.dropout(_linear(weights, f"{name}output.dense", wide), dropout)
    return _norm(weights, f"{name}output.LayerNorm", hidden + narrow)


def _attend(weights: Weights, name: str, hidden: Any, keep: Any) -> Any:
    batch, length, _ = hidden.shape
    query, key, value = (
        _linear(weights, f"{name}{part}", hidden).view(batch, length, HEADS, -1).transpose(1, 2)
        for part in ("query", "key", "value")
    )
    mixed = functional.scaled_dot_product_attention(query, key, value, keep.to(query.dtype))
    return mixed.transpose(1, 2).reshape(batch, length, WIDTH)


def _label_logits(weights: Weights, hidden: Any, mask: Any) -> Any:
    weight = hidden @ weights["pool.query"].T / math.sqrt(WIDTH)
    weight = weight.float().masked_fill(mask[:, :, None] == 0, -1e4).softmax(1)
    pooled = weight.transpose(1, 2).to(hidden.dtype) @ hidden
    return (pooled * weights["labels.weight"]).sum(-1) + weights["labels.bias"]


def _linear(weights: Weights, name: str, inputs: Any) -> Any:
    return functional.linear(inputs, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _norm(weights: Weights, name: str, inputs: Any) -> Any:
    scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
    return functional.layer_norm(inputs, (WIDTH,), scale, shift, EPSILON)
