"""The network as an ONNX graph of standard operators, in 32 bits and quantised to 8.

The graph is written out rather than traced, so it stays readable and needs no exporter. The word
table is stored as bytes with one scale a row; the matrices are quantised by ONNX Runtime, a scale
a column. Processors without VNNI may saturate on eight bits; measured there, seven were farther off.
"""

# ruff: noqa: ANN401 - tensors, graph nodes and sessions come untyped

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from onnx_models.training.network import EPSILON, HEADS, LAYERS, WIDTH
from onnx_models.training.schema import LABELS, TAGS

Arrays = dict[str, npt.NDArray[np.float32]]

_OPSET: Final = 20
_IR: Final = 9


class Graph:
    """A graph that grows one operator at a time."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.tables: list[Any] = []

    def op(self, kind: str, *inputs: str, out: str = "", **attributes: Any) -> str:
        """The name of the operator's only output."""
        name = out or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def split(self, value: str, parts: int) -> list[str]:
        """Equal parts along the last axis."""
        names = [f"split_{len(self.nodes)}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [value], names, axis=-1, num_outputs=parts))
        return names

    def table(self, name: str, values: Any) -> str:
        """A constant."""
        self.tables.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def linear(self, value: str, name: str, weight: Any, bias: Any) -> str:
        """Weights times value plus bias."""
        product = self.op("MatMul", value, self.table(f"{name}.weight", weight.T), out=f"{name}.product")
        return self.op("Add", product, self.table(f"{name}.bias", bias))

    def norm(self, value: str, name: str, arrays: Arrays) -> str:
        """Layer normalisation."""
        tables = (self.table(f"{name}.{part}", arrays[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.op("LayerNormalization", value, *tables, axis=-1, epsilon=EPSILON)


def export(arrays: Arrays, path: Path, *, bytes_for_words: bool) -> None:
    """Write the graph with 32-bit matrices; the word table as bytes if asked."""
    graph = Graph()
    hidden = graph.norm(
        _embed(graph, arrays, bytes_for_words=bytes_for_words), "embeddings.LayerNorm", arrays
    )
    keep = _attention_mask(graph)
    for layer in range(LAYERS):
        hidden = _layer(graph, f"encoder.layer.{layer}", hidden, keep, arrays)
    _heads(graph, hidden, arrays)
    onnx.save(_model(graph), path)


def quantise(source: Path, target: Path) -> None:
    """The same graph with 8-bit matrices in the encoder; the small heads keep 32 bits."""
    heads = [node.name for node in onnx.load(source).graph.node if not node.name.startswith("encoder")]
    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=heads,
        per_channel=True,
        reduce_range=False,
        weight_type=QuantType.QInt8,
    )


def _embed(graph: Graph, arrays: Arrays, *, bytes_for_words: bool) -> str:
    table = arrays["embeddings.word_embeddings.weight"]
    words = _byte_rows(graph, table) if bytes_for_words else _rows(graph, table)
    places = graph.table("places", arrays["embeddings.position_embeddings.weight"])
    length = graph.op("Shape", "input_ids", start=1, end=2)
    zero = graph.table("zero", np.array([0]))
    places = graph.op("Slice", places, zero, length, zero)
    types = graph.table("types", arrays["embeddings.token_type_embeddings.weight"])
    return graph.op("Add", graph.op("Add", words, places), graph.op("Gather", types, "token_type_ids"))


def _rows(graph: Graph, table: npt.NDArray[np.float32]) -> str:
    return graph.op("Gather", graph.table("words", table), "input_ids")


def _byte_rows(graph: Graph, table: npt.NDArray[np.float32]) -> str:
    scale = np.abs(table).max(1, keepdims=True) / 127
    rows = graph.op("Gather", graph.table("words", np.round(table / scale).astype(np.int8)), "input_ids")
    scales = graph.op("Gather", graph.table("scales", scale), "input_ids")
    return graph.op("Mul", graph.op("Cast", rows, to=TensorProto.FLOAT), scales)


def _attention_mask(graph: Graph) -> str:
    """0 for tokens, a large negative number for padding, shaped for the attention."""
    mask = graph.op("Cast", "attention_mask", to=TensorProto.FLOAT, out="mask")
    gone = graph.op("Sub", graph.table("one", np.array(1, np.float32)), mask)
    far = graph.op("Mul", gone, graph.table("far", np.array(-1e4, np.float32)), out="away")
    return graph.op("Unsqueeze", far, graph.table("inner", np.array([1, 2])))


def _layer(graph: Graph, name: str, hidden: str, keep: str, arrays: Arrays) -> str:
    mixed = _attend(graph, f"{name}.attention.self", hidden, keep, arrays)
    mixed = _linear(graph, f"{name}.attention.output.dense", mixed, arrays)
    hidden = graph.norm(graph.op("Add", hidden, mixed), f"{name}.attention.output.LayerNorm", arrays)
    wide = graph.op("Gelu", _linear(graph, f"{name}.intermediate.dense", hidden, arrays))
    narrow = _linear(graph, f"{name}.output.dense", wide, arrays)
    return graph.norm(graph.op("Add", hidden, narrow), f"{name}.output.LayerNorm", arrays)


def _attend(graph: Graph, name: str, hidden: str, keep: str, arrays: Arrays) -> str:
    """Query, key and value in one product, then attention head by head."""
    parts = ("query", "key", "value")
    scale = np.array([1 / math.sqrt(WIDTH / HEADS), 1, 1], np.float32)
    weight, bias = (
        np.concatenate(
            [arrays[f"{name}.{part}.{kind}"] * factor for part, factor in zip(parts, scale, strict=True)]
        )
        for kind in ("weight", "bias")
    )
    shape = graph.table(f"{name}.heads", np.array([0, 0, HEADS, WIDTH // HEADS]))
    split = graph.split(graph.linear(hidden, name, weight, bias), 3)
    query, key, value = (graph.op("Reshape", part, shape) for part in split)
    query, value = (graph.op("Transpose", part, perm=[0, 2, 1, 3]) for part in (query, value))
    scores = graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 2, 3, 1]))
    weights = graph.op("Softmax", graph.op("Add", scores, keep), axis=-1)
    mixed = graph.op("Transpose", graph.op("MatMul", weights, value), perm=[0, 2, 1, 3])
    return graph.op("Reshape", mixed, graph.table(f"{name}.whole", np.array([0, 0, WIDTH])))


def _heads(graph: Graph, hidden: str, arrays: Arrays) -> None:
    query = graph.table("pool.query", arrays["pool.query"].T / math.sqrt(WIDTH))
    away = graph.op("Unsqueeze", "away", graph.table("last", np.array([2])))
    weights = graph.op("Softmax", graph.op("Add", graph.op("MatMul", hidden, query), away), axis=1)
    pooled = graph.op("MatMul", graph.op("Transpose", weights, perm=[0, 2, 1]), hidden)
    parts = graph.op("Mul", pooled, graph.table("labels.weight", arrays["labels.weight"]))
    sums = graph.op("ReduceSum", parts, graph.table("width", np.array([2])), keepdims=0)
    graph.op("Add", sums, graph.table("labels.bias", arrays["labels.bias"]), out="labels")
    tagged = graph.op("MatMul", hidden, graph.table("tokens.weight", arrays["tokens.weight"].T))
    graph.op("Add", tagged, graph.table("tokens.bias", arrays["tokens.bias"]), out="tokens")


def _linear(graph: Graph, name: str, value: str, arrays: Arrays) -> str:
    return graph.linear(value, name, arrays[f"{name}.weight"], arrays[f"{name}.bias"])


def _model(graph: Graph) -> Any:
    def values(names: Sequence[str], kind: int, *tail: str | int) -> list[Any]:
        return [helper.make_tensor_value_info(name, kind, ["batch", *tail]) for name in names]

    inputs = values(("input_ids", "attention_mask", "token_type_ids"), TensorProto.INT64, "length")
    outputs = values(("labels",), TensorProto.FLOAT, len(LABELS))
    outputs += values(("tokens",), TensorProto.FLOAT, "length", len(TAGS))
    body = helper.make_graph(graph.nodes, "encoder", inputs, outputs, graph.tables)
    opsets = [helper.make_opsetid("", _OPSET)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=_IR, producer_name="lictor")
    onnx.checker.check_model(model)
    return model
