"""An encoder as large as the public one-risk classifiers: twelve layers of 768, as in BERT or DeBERTa base.

What a graph costs does not depend on what its weights are, so they are noise, and every layer has the
same, which flatters it: they stay in the processor's cache. In 32 bits, as such models are published.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import onnxruntime

from tests.detect.onnx.graph import FLOAT, INT64, attribute, model, node, table, value

LAYERS, WIDTH, HEADS, INNER, WORDS = 12, 768, 12, 3072, 1000
RISKS = 4

Array = npt.NDArray[np.float32] | npt.NDArray[np.int64]


def session(threads: int) -> onnxruntime.InferenceSession:
    """It, loaded as ours is."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(graph(), options, providers=["CPUExecutionProvider"])


def graph() -> bytes:
    """The file."""
    nodes = [node("Gather", ["words", "input_ids"], "h0")]
    for layer in range(LAYERS):
        nodes += _layer(f"h{layer}", f"h{layer + 1}")
    return model(
        nodes,
        [table(name, array) for name, array in _tables().items()],
        [value("input_ids", INT64, "batch", "length")],
        [value(f"h{LAYERS}", FLOAT, "batch", "length", WIDTH)],
    )


def _tables() -> dict[str, Array]:
    noise = np.random.default_rng(1)

    def weights(*shape: int) -> npt.NDArray[np.float32]:
        return noise.normal(0, 0.02, shape).astype(np.float32)

    square = {name: weights(WIDTH, WIDTH) for name in ("query", "key", "value", "out")}
    return {
        **square,
        "words": weights(WORDS, WIDTH),
        "up": weights(WIDTH, INNER),
        "down": weights(INNER, WIDTH),
        "one": np.ones(WIDTH, np.float32),
        "zero": np.zeros(WIDTH, np.float32),
        "scale": np.array([(HEADS / WIDTH) ** 0.5], np.float32),
        "root": np.array([0.5**0.5], np.float32),
        "ones": np.ones(1, np.float32),
        "half": np.array([0.5], np.float32),
        "apart": np.array([0, 0, HEADS, WIDTH // HEADS]),
        "whole": np.array([0, 0, WIDTH]),
    }


def _layer(start: str, end: str) -> Iterator[bytes]:
    """Attention over heads, then two matrices with a GELU between; each added and normalised."""

    def name(step: str) -> str:
        return f"{end}.{step}"

    def op(kind: str, inputs: list[str], step: str, *attributes: bytes) -> bytes:
        return node(kind, inputs, name(step), *attributes)

    for part, order in (("query", (0, 2, 1, 3)), ("key", (0, 2, 3, 1)), ("value", (0, 2, 1, 3))):
        yield op("MatMul", [start, part], f"{part}.m")
        yield op("Reshape", [name(f"{part}.m"), "apart"], f"{part}.r")
        yield op("Transpose", [name(f"{part}.r")], part, attribute("perm", order))
    yield op("MatMul", [name("query"), name("key")], "seen")
    yield op("Mul", [name("seen"), "scale"], "scaled")
    yield op("Softmax", [name("scaled")], "shares")
    yield op("MatMul", [name("shares"), name("value")], "mixed")
    yield op("Transpose", [name("mixed")], "mixed.t", attribute("perm", (0, 2, 1, 3)))
    yield op("Reshape", [name("mixed.t"), "whole"], "mixed.r")
    yield op("MatMul", [name("mixed.r"), "out"], "attended")
    yield op("Add", [name("attended"), start], "sum")
    yield op("LayerNormalization", [name("sum"), "one", "zero"], "middle")
    yield op("MatMul", [name("middle"), "up"], "up")
    yield op("Mul", [name("up"), "root"], "up.r")
    yield op("Erf", [name("up.r")], "up.e")
    yield op("Add", [name("up.e"), "ones"], "up.g")
    yield op("Mul", [name("up"), name("up.g")], "up.m")
    yield op("Mul", [name("up.m"), "half"], "bent")
    yield op("MatMul", [name("bent"), "down"], "down")
    yield op("Add", [name("down"), name("middle")], "total")
    yield node("LayerNormalization", [name("total"), "one", "zero"], end)
