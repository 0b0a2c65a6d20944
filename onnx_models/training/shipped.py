"""The weights of a quantised file as the network knows them: training can go on from what was shipped."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from onnx_models.training.network import HEADS, LAYERS, WIDTH

Tables = Mapping[str, npt.NDArray[np.generic]]
Arrays = dict[str, npt.NDArray[np.float32]]

_DENSE: Final = ("attention.output.dense", "intermediate.dense", "output.dense")
_NORMS: Final = ("attention.output.LayerNorm", "output.LayerNorm")


def read_shipped(path: Path) -> Arrays:
    """Encoder and heads of a file that `export` and `quantise` wrote, rounded as they left them."""
    tables = {table.name: numpy_helper.to_array(table) for table in onnx.load(path).graph.initializer}
    found = {
        "embeddings.word_embeddings.weight": tables["words"] * tables["scales"],
        "embeddings.position_embeddings.weight": tables["places"],
        "embeddings.token_type_embeddings.weight": tables["types"],
        "pool.query": tables["pool.query"].T * math.sqrt(WIDTH),
        "labels.weight": tables["labels.weight"],
        "labels.bias": tables["labels.bias"],
        "tokens.weight": tables["tokens.weight"].T,
        "tokens.bias": tables["tokens.bias"],
    }
    found |= _plain(tables, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        found |= _layer(tables, f"encoder.layer.{layer}")
    return {name: np.array(array, np.float32) for name, array in found.items()}


def _layer(tables: Tables, name: str) -> Tables:
    found = dict(_attention(tables, f"{name}.attention.self"))
    for part in _DENSE:
        found[f"{name}.{part}.weight"] = _matrix(tables, f"{name}.{part}").T
        found[f"{name}.{part}.bias"] = tables[f"{name}.{part}.bias"]
    for part in _NORMS:
        found |= _plain(tables, f"{name}.{part}")
    return found


def _attention(tables: Tables, name: str) -> Tables:
    """Query, key and value apart again; the query without the scale that the graph folds into it."""
    scales = np.array([math.sqrt(WIDTH / HEADS), 1, 1], np.float32)
    weights, biases = np.split(_matrix(tables, name).T, 3), np.split(tables[f"{name}.bias"], 3)
    parts = zip(("query", "key", "value"), weights, biases, scales, strict=True)
    return {
        f"{name}.{part}.{kind}": value * scale
        for part, weight, bias, scale in parts
        for kind, value in (("weight", weight), ("bias", bias))
    }


def _matrix(tables: Tables, name: str) -> npt.NDArray[np.float32]:
    rounded = tables[f"{name}.weight_quantized"].astype(np.float32)
    shift = tables[f"{name}.weight_zero_point"].astype(np.float32)
    return np.asarray((rounded - shift) * tables[f"{name}.weight_scale"].astype(np.float32), np.float32)


def _plain(tables: Tables, name: str) -> Tables:
    return {f"{name}.{kind}": tables[f"{name}.{kind}"] for kind in ("weight", "bias")}
