"""What runs a batch: arrays in, logits out. ONNX Runtime here, or a model server elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from gateway.detect.onnx.reading import Reading, Window

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Inputs = Mapping[str, Integers]

IDS: Final = "input_ids"
MASK: Final = "attention_mask"
TYPES: Final = "token_type_ids"


class Logits(NamedTuple):
    """What a model answers; None where it has no such output."""

    labels: Floats | None
    """For a batch (batch, labels), for one window (labels)."""

    tokens: Floats | None
    """For a batch (batch, length, tags), for one window (tokens, tags)."""


class Backend(Protocol):
    """Runs batches, one at a time."""

    def run(self, inputs: Inputs) -> Logits:
        """The logits of a batch. Blocks; raises whatever goes wrong."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class Framer:
    """Windows to arrays and back: special tokens around each, zeros behind the short ones."""

    def __init__(self, frame: tuple[Sequence[int], Sequence[int]]) -> None:
        self._before, self._after = frame

    def inputs(self, rows: Sequence[tuple[Reading, Window]]) -> Inputs:
        """The arrays of a batch."""
        margin = len(self._before) + len(self._after)
        shape = len(rows), max(len(window) for _, window in rows) + margin
        ids, mask, types = (np.zeros(shape, np.int64) for _ in range(3))
        for at, (reading, window) in enumerate(rows):
            row = [*self._before, *reading.ids[window.start : window.end], *self._after]
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
            if reading.types:
                first = len(self._before)
                types[at, first : first + len(window)] = reading.types[window.start : window.end]
        return {IDS: ids, MASK: mask, TYPES: types}

    def rows(self, rows: Sequence[tuple[Reading, Window]], logits: Logits) -> list[Logits]:
        """The logits of each window, without special tokens and padding."""
        first = len(self._before)
        return [
            Logits(
                None if logits.labels is None else logits.labels[at],
                None if logits.tokens is None else logits.tokens[at, first : first + len(window)],
            )
            for at, (_, window) in enumerate(rows)
        ]
