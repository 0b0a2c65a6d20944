"""Just enough of the ONNX file format to write small graphs, so that tests need no exporter.

An ONNX file is one protobuf message; the numbers below are the field numbers of ``onnx.proto``.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FLOAT, INT64, HALF = 1, 7, 10
INTS = 7
OPSET, IR = 18, 9


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


_KINDS = {"float32": FLOAT, "int64": INT64, "float16": HALF}


def table(name: str, values: npt.NDArray[np.floating] | npt.NDArray[np.int64]) -> bytes:
    kind = _KINDS[values.dtype.name]
    dims = b"".join(number(1, size) for size in values.shape)
    return dims + number(2, kind) + block(8, name) + block(9, values.tobytes())


def node(kind: str, inputs: Sequence[str], output: str, *attributes: bytes) -> bytes:
    named = b"".join(block(5, entry) for entry in attributes)
    return b"".join(block(1, name) for name in inputs) + block(2, output) + block(4, kind) + named


def attribute(name: str, values: Sequence[int]) -> bytes:
    return block(1, name) + b"".join(number(8, each) for each in values) + number(20, INTS)


def value(name: str, kind: int, *shape: str | int) -> bytes:
    dims = b"".join(block(1, number(1, d) if isinstance(d, int) else block(2, d)) for d in shape)
    return block(1, name) + block(2, block(1, number(1, kind) + block(2, dims)))


def model(
    nodes: Sequence[bytes], tables: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes]
) -> bytes:
    graph = b"".join(block(1, entry) for entry in nodes) + block(2, "graph")
    graph += b"".join(block(5, entry) for entry in tables)
    graph += b"".join(block(11, entry) for entry in inputs) + b"".join(block(12, entry) for entry in outputs)
    return number(1, IR) + block(7, graph) + block(8, number(2, OPSET))
