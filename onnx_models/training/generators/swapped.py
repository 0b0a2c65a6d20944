"""Annotated sentences with other names in them: what surrounds a name must tell that it is one."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from onnx_models.training.schema import Row, Span

_KINDS: Final = ("PERSON", "LOCATION", "ORGANIZATION")
_CHANGED: Final = 0.6
_LONGEST: Final = 40

Pool = Mapping[str, Sequence[str]]


def swapped(rows: Sequence[Row], count: int, seed: int) -> Iterator[Row]:
    """Rows of running text in which about every second name gave way to another of its kind."""
    rng, pool = random.Random(seed), _pool(rows)
    named = [row for row in rows if any(span.kind in _KINDS for span in row.spans)]
    for number in range(count if named else 0):
        yield _with_others(rng.choice(named), number, pool, rng)


def _pool(rows: Sequence[Row]) -> Pool:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for span in row.spans:
            name = row.text[span.start : span.end]
            if len(name) <= _LONGEST and name[:1].isupper() and "@" not in name:
                found[span.kind].add(name)
    return {kind: sorted(names) for kind, names in found.items()}


def _with_others(row: Row, number: int, pool: Pool, rng: random.Random) -> Row:
    text, last, spans = "", 0, list[Span]()
    for span in sorted(row.spans, key=lambda each: each.start):
        text += row.text[last : span.start]
        name, last = row.text[span.start : span.end], span.end
        if span.kind in _KINDS and span.kind in pool and rng.random() < _CHANGED:
            name = _cased(rng.choice(pool[span.kind]), name)
        spans.append(Span(len(text), len(text) + len(name), span.kind))
        text += name
    text += row.text[last:]
    return Row(text, "made_swapped", f"made_swapped:{number}", {}, tuple(spans), row.covered, row.group)


def _cased(name: str, like: str) -> str:
    """A writer who drops capitals drops them everywhere."""
    return name.lower() if like.islower() else name.upper() if like.isupper() and len(like) > 4 else name
