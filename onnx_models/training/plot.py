"""Reliability of the scores as a drawing: how often a score of so much was right."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_SIDE: Final = 150
_GAP: Final = 30
_BINS: Final = 10


def bins(scores: Floats, wanted: Floats) -> list[tuple[float, float, int]]:
    """Mean score, share of positives and size of every bin that is not empty."""
    at = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    return [
        (float(scores[at == number].mean()), float(wanted[at == number].mean()), int((at == number).sum()))
        for number in sorted(set(at.tolist()))
    ]


def reliability(tables: Mapping[str, Sequence[tuple[float, float, int]]]) -> str:
    """One square a label; a dot on the diagonal is an honest score, its area the number of rows."""
    width, height = len(tables) * (_SIDE + _GAP) + _GAP, _SIDE + 2 * _GAP
    body = [
        line for number, (name, table) in enumerate(tables.items()) for line in _panel(number, name, table)
    ]
    box = f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    return "\n".join((head, *body, "</svg>", ""))


def _panel(number: int, name: str, table: Sequence[tuple[float, float, int]]) -> Iterator[str]:
    left, bottom = _GAP + number * (_SIDE + _GAP), _GAP + _SIDE
    most = max(size for _, _, size in table)
    yield f'<rect x="{left}" y="{_GAP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#999"/>'
    yield f'<line x1="{left}" y1="{bottom}" x2="{left + _SIDE}" y2="{_GAP}" stroke="#ccc"/>'
    yield f'<text x="{left + _SIDE / 2}" y="{_GAP - 8}" text-anchor="middle">{name}</text>'
    legend = "score against share of positives"
    yield f'<text x="{left + _SIDE / 2}" y="{bottom + 18}" text-anchor="middle">{legend}</text>'
    for score, share, size in table:
        place = f'cx="{left + score * _SIDE:.1f}" cy="{bottom - share * _SIDE:.1f}"'
        yield f'<circle {place} r="{2 + 6 * (size / most) ** 0.5:.1f}" fill="#2563eb" fill-opacity="0.6"/>'
