"""Which side of the evaluation a row is on, decided by its group and its source alone."""

import hashlib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from gateway.detect.onnx.normalise import normalise
from onnx_models.training.schema import Row

HELD_OUT: Final = frozenset(
    {
        "convabuse", "jigsaw_fragment", "wiki_nonfuzzed", "toxigen_demonstrations",
        "bastioncorpus", "giskard", "compact_jailbreaks",
        "mt_bench", "oasst_eval_prompts", "self_instruct_seeds",
        "wikigold", "broad_twitter_corpus_dev",
    }
)  # fmt: skip
"""Sources that training never sees: how the model does on strangers' data."""

_SHINGLE: Final = 8
_SKETCH: Final = 3


class Side(StrEnum):
    """What a row is for."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
    HELD_OUT = "held_out"


def side(row: Row) -> Side:
    """A tenth of the groups for the test, a twentieth to calibrate on, whole sources held out."""
    if row.source in HELD_OUT:
        return Side.HELD_OUT
    slot = _hash(row.group) % 20
    return Side.TEST if slot < 2 else Side.VALIDATION if slot == 2 else Side.TRAIN


def spared(row: Row) -> bool:
    """Whether a row of a held-out source stays unseen when the others are adopted."""
    return _hash(row.group) % 10 == 0


def merged(rows: Iterable[Row]) -> Iterator[Row]:
    """One row a text: what several sources say of it is put together, what they dispute is dropped.

    A text that a held-out source has too belongs to the held-out source.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(_key(row.text), []).append(row)
    for same in found.values():
        same.sort(key=lambda row: row.source not in HELD_OUT)
        yield same[0] if len(same) == 1 else _merge(same)


def regrouped(rows: Iterable[Row]) -> list[Row]:
    """Rows whose long texts share a stretch of words join one group: variants of one prompt."""
    listed = list(rows)
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := parent.setdefault(name, name)) != name:
            name = above
        return name

    for row in listed:
        for print_ in _sketch(row.text):
            parent[root(row.group)] = root(print_)
    return [_with_group(row, root(row.group)) for row in listed]


def _merge(same: list[Row]) -> Row:
    first = same[0]
    names = {name for row in same for name in row.labels}
    said = {name: {row.labels[name] for row in same if name in row.labels} for name in names}
    labels = {name: values.pop() for name, values in said.items() if len(values) == 1}
    spanned = next((row for row in same if row.covered), first)
    exact = spanned if spanned.text == first.text else first
    return Row(
        first.text, first.source, first.id, labels, exact.spans, exact.covered, first.group, first.subgroup
    )


def _with_group(row: Row, group: str) -> Row:
    return Row(row.text, row.source, row.id, row.labels, row.spans, row.covered, group, row.subgroup)


def _key(text: str) -> str:
    return "".join(char for char in normalise(text).text.casefold() if char.isalnum())


def _sketch(text: str) -> list[str]:
    words = text.casefold().split()
    prints = {_hash(" ".join(words[at : at + _SHINGLE])) for at in range(len(words) - 3 * _SHINGLE)}
    return [f"~{value}" for value in sorted(prints)[:_SKETCH]]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())
