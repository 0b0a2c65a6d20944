"""A text as a model reads it: tokens, and the windows in which a long one is judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece

from gateway.core.errors import ConfigError
from gateway.detect.onnx.manifest import Model
from gateway.detect.onnx.normalise import Normalised, normalise

BERT_FRAME = ([101], [102])


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of tokens, half open."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Reading:
    """One text, without special tokens."""

    ids: Sequence[int]
    types: Sequence[int]
    """What the model reads beside each token; empty where that is always zero."""

    places: Sequence[tuple[int, int]]
    """Where each token stands in the original text, in characters."""

    words: Sequence[bool]
    """Whether the token begins a word."""


class Reader:
    """The vocabulary of one model."""

    def __init__(self, model: Model) -> None:
        """Raises ``ConfigError`` when the vocabulary cannot be read."""
        self._normalise = normalise if model.normaliser else _as_it_is
        self._cased = bool(model.token_types)
        self._room = model.max_tokens - 2
        self._stride = model.stride
        self._tokenizer = _load(model.tokenizer)
        self._marked = isinstance(self._tokenizer.model, WordPiece)
        self.frame = _frame(self._tokenizer)

    def read(self, text: str) -> Reading:
        """The tokens of a text."""
        plain = self._normalise(text)
        code = self._tokenizer.encode(plain.text, add_special_tokens=False)
        offsets = code.offsets
        types = [letter_case(plain.text[start:end]) for start, end in offsets] if self._cased else []
        places = [plain.span(start, end) if end > start else (0, 0) for start, end in offsets]
        return Reading(code.ids, types, places, self._words(code.tokens, offsets))

    def windows(self, reading: Reading) -> list[Window]:
        """The stretches that are judged one by one, up to the one that reaches the end; at least one."""
        length = len(reading.ids)
        last = max(length - self._room, 0)
        starts = range(0, last + self._stride, self._stride) if last else (0,)
        return [Window(start, min(start + self._room, length)) for start in starts]

    def _words(self, tokens: Sequence[str], offsets: Sequence[tuple[int, int]]) -> list[bool]:
        """WordPiece marks what continues a word; elsewhere tokens that touch are one."""
        if self._marked:
            return [not token.startswith("##") for token in tokens]
        return [True, *(left[1] < right[0] for left, right in pairwise(offsets))][: len(tokens)]


def letter_case(piece: str) -> int:
    """0 without capitals, 2 for capitals only (two or more), 1 for what is in between."""
    if piece.islower():
        return 0
    capitals = sum(map(str.isupper, piece))
    return 0 if not capitals else 2 if capitals > 1 and piece.isupper() else 1


def _as_it_is(text: str) -> Normalised:
    """The tokenizer takes UTF-8 only: a lone surrogate becomes one question mark, so offsets hold."""
    plain = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    return Normalised(plain, range(len(plain)))


def _load(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
        raise ConfigError(f"{path}: not a tokenizer: {error}") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _frame(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """The special tokens before and behind a text, as the vocabulary itself puts them."""
    special = tokenizer.encode("").ids
    if not special:
        return BERT_FRAME
    return (special[:1], special[1:]) if len(special) > 1 else ([], special)
