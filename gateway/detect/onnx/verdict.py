"""From logits to scores and spans. The rules are those of ``onnx_models/README.md``."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from gateway.core.finding import Hit
from gateway.detect.onnx.backend import Floats, Logits
from gateway.detect.onnx.manifest import Model
from gateway.detect.onnx.reading import Reading, Window

Part = tuple[Window, Logits]
Doubles = npt.NDArray[np.float64]

_FAR: Final = 60.0
"""Logits beyond this are as good as certain, and the exponential of much more overflows."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model says of one text."""

    scores: tuple[float, ...] = ()
    """One a label of the manifest, calibrated, 0 to 1."""

    spans: tuple[Hit, ...] = ()


class Interpreter:
    """Puts the windows of a text together again."""

    def __init__(self, model: Model) -> None:
        self._temperatures = [label.temperature for label in model.labels]
        self._softmax = model.activation == "softmax"
        self._category = model.category
        self._kinds = [tag.partition("-")[2] for tag in model.tags]
        self._names = model.spans
        self._begins = [tag.startswith("B-") for tag in model.tags]

    def verdict(self, reading: Reading, parts: Sequence[Part]) -> Verdict:
        """The verdict of a text from all of its windows.

        Raises:
            ValueError: the model answered something that is no number.
        """
        labels = [logits.labels for _, logits in parts if logits.labels is not None]
        tokens = [(window, logits.tokens) for window, logits in parts if logits.tokens is not None]
        return Verdict(
            tuple(self._scores(np.stack(labels))) if labels else (),
            tuple(self._spans(reading, tokens)) if tokens else (),
        )

    def _scores(self, logits: Floats) -> list[float]:
        """The highest score of any window, label by label."""
        found = _finite(logits)
        if self._softmax:
            shares: list[float] = _softmax(found / self._temperatures).max(axis=0).tolist()
            return shares
        best: list[float] = found.max(axis=0).tolist()
        return [_sigmoid(logit / heat) for logit, heat in zip(best, self._temperatures, strict=True)]

    def _spans(self, reading: Reading, parts: Sequence[tuple[Window, Floats]]) -> Iterator[Hit]:
        if not reading.ids:
            return
        logits = _finite(stitched(len(reading.ids), parts))
        runs = list(self._runs(reading, logits.argmax(axis=1).tolist()))
        likely = _softmax(logits) if runs else logits
        for kind, first, last in runs:
            columns = [at for at, name in enumerate(self._kinds) if name == kind]
            score = float(likely[first : last + 1][:, columns].sum(axis=1).mean())
            start, end = reading.places[first][0], reading.places[last][1]
            if start < end:
                label = self._names.get(kind, kind)
                yield Hit(self._category, label, min(score, 1.0), start, end)

    def _runs(self, reading: Reading, tags: Sequence[int]) -> Iterator[tuple[str, int, int]]:
        """Tokens that belong together: the kind, the first and the last of them."""
        kind, first = "", 0
        for at, (tag, begins_word) in enumerate(zip(tags, reading.words, strict=True)):
            if at and not begins_word:
                continue  # the rest of a word goes with its first token
            if self._kinds[tag] == kind and not self._begins[tag]:
                continue
            if kind:
                yield kind, first, at - 1
            kind, first = self._kinds[tag], at
        if kind:
            yield kind, first, len(tags) - 1


def stitched(length: int, parts: Sequence[tuple[Window, Floats]]) -> Floats:
    """Tag logits of the whole text: a token's from the window in which it stands farthest from an edge."""
    if len(parts) == 1:
        return parts[0][1]
    whole = np.zeros((length, parts[0][1].shape[1]), np.float32)
    depth = np.full(length, -1)
    for window, logits in sorted(parts, key=lambda part: part[0].start):
        at = np.arange(len(window))
        inner = np.minimum(at, len(window) - 1 - at)
        better = np.flatnonzero(inner > depth[window.start : window.end])
        whole[window.start + better] = logits[better]
        depth[window.start + better] = inner[better]
    return whole


def _finite(logits: Floats) -> Doubles:
    if not np.isfinite(logits).all():
        raise ValueError("the model answered something that is no number")
    return np.clip(logits.astype(np.float64), -_FAR, _FAR)


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(min(-logit, _FAR)))


def _softmax(logits: Doubles) -> Doubles:
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Doubles = raised / raised.sum(axis=-1, keepdims=True)
    return shares
