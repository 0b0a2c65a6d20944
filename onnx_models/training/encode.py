"""Rows as numbers: token ids, letter cases, tags, labels; packed into one file."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from gateway.detect.onnx.normalise import Normalised, normalise
from onnx_models.training.schema import LABELS, TAGGED, TAGS, Row

WINDOW: Final = 256
"""Tokens of one pass, the two special ones included."""

STRIDE: Final = 192
"""How far the next window of a long text begins behind the last."""

_FIRST: Final = 101
_LAST: Final = 102
_WINDOWS: Final = 2
"""Windows of one long training text."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as the model reads it, without special tokens."""

    ids: list[int]
    cases: list[int]
    places: list[tuple[int, int]]
    """Where each token stands in the original text."""

    continues: list[bool]
    """Whether the token goes on with the word of the token before it."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Windows in flat arrays; window `i` owns the tokens from ``starts[i]`` to ``starts[i + 1]``."""

    starts: npt.NDArray[np.int64]
    ids: npt.NDArray[np.int32]
    cases: npt.NDArray[np.int8]
    tags: npt.NDArray[np.int8]
    labels: npt.NDArray[np.float32]
    """One row a window; NaN where the label is unknown."""

    covered: npt.NDArray[np.bool_]
    """Which tags the window's row annotates; none where it has no spans at all."""

    def save(self, path: Path) -> None:
        """Write the arrays."""
        np.savez(path, **{name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def load(cls, path: Path) -> "Pack":
        """Read the arrays back."""
        with np.load(path) as arrays:
            return cls(**{name: arrays[name] for name in cls.__slots__})


class _Window(NamedTuple):
    ids: list[int]
    cases: list[int]
    tags: list[int]
    row: Row


def load_tokenizer(path: Path) -> Tokenizer:
    """The vocabulary, without the truncation and padding that its file may ask for."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def tokenize(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[Tokens]:
    """The tokens of each text."""
    readable = [normalise(text) for text in texts]
    encodings = tokenizer.encode_batch([each.text for each in readable], add_special_tokens=False)
    for each, encoding in zip(readable, encodings, strict=True):
        pieces = [each.text[start:end] for start, end in encoding.offsets]
        cases = [letter_case(piece) for piece in pieces]
        continues = [token.startswith("##") for token in encoding.tokens]
        yield Tokens(encoding.ids, cases, _places(each, encoding.offsets), continues)


def letter_case(piece: str) -> int:
    """0 without capitals, 2 for capitals only (two or more), 1 for what is in between."""
    capitals = sum(map(str.isupper, piece))
    return 0 if not capitals else 2 if capitals > 1 and piece.isupper() else 1


def windows(length: int) -> list[tuple[int, int]]:
    """The stretches of a text of so many tokens that are judged one by one; at least one."""
    room = WINDOW - 2
    starts = range(0, max(length - room, 0) + STRIDE, STRIDE) if length > room else range(1)
    return [(start, min(start + room, length)) for start in starts if start < length or not start]


def framed(tokens: Tokens, start: int, end: int) -> tuple[list[int], list[int]]:
    """Ids and cases of one window between the special tokens."""
    return [_FIRST, *tokens.ids[start:end], _LAST], [0, *tokens.cases[start:end], 0]


def tags(row: Row, tokens: Tokens) -> list[int]:
    """The tag of every token."""
    result = [0] * len(tokens.ids)
    for span in row.spans:
        inside = [
            at for at, (start, end) in enumerate(tokens.places) if start < span.end and end > span.start
        ]
        for number, at in enumerate(inside):
            result[at] = TAGS.index(f"{'I' if number else 'B'}-{span.kind}")
    return result


def pack(tokenizer: Tokenizer, rows: Sequence[Row], seed: int) -> Pack:
    """Training rows, packed."""
    rng = random.Random(seed)
    found: list[_Window] = []
    for at in range(0, len(rows), 1000):
        part = rows[at : at + 1000]
        for row, tokens in zip(part, tokenize(tokenizer, [row.text for row in part]), strict=True):
            marked = tags(row, tokens) if row.spans else [0] * len(tokens.ids)
            for start, end in _chosen(row, len(tokens.ids), rng):
                found.append(_Window(*framed(tokens, start, end), [0, *marked[start:end], 0], row))
    return _flat(found)


def _chosen(row: Row, length: int, rng: random.Random) -> Iterable[tuple[int, int]]:
    """Which windows of a long text stand for it: where an order is planted, only a whole text does."""
    every = windows(length)
    if len(every) > 1 and row.source in {"bipia", "made_planted"} and row.labels.get("injection"):
        return []
    return every if len(every) <= _WINDOWS else [every[0], *rng.sample(every[1:], _WINDOWS - 1)]


def _flat(found: Sequence[_Window]) -> Pack:
    starts = np.cumsum([0, *(len(window.ids) for window in found)])
    labels = [[window.row.labels.get(name, np.nan) for name in LABELS] for window in found]
    return Pack(
        starts,
        np.fromiter((value for window in found for value in window.ids), np.int32),
        np.fromiter((value for window in found for value in window.cases), np.int8),
        np.fromiter((value for window in found for value in window.tags), np.int8),
        np.array(labels, np.float32),
        np.array([_covered(window.row) for window in found], np.bool_),
    )


def _covered(row: Row) -> list[bool]:
    kinds = [kind in row.covered for kind in TAGGED]
    return [bool(row.covered), *(known for known in kinds for _ in "BI")]


def _places(text: Normalised, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [text.span(start, end) if end > start else (0, 0) for start, end in offsets]
