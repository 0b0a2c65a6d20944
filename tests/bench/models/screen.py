"""Would a cheap screen in front of the encoder pay? ``python -m tests.bench.models.screen DATA_DIR``.

Two linear models are distilled from the encoder's own answers, over the very tokens that it would read:
one says of a text whether any label will be found, one of each token whether it lies in a span. A text
is skipped where both are sure that nothing will be found. How often may they be, when 995 in 1000 of
the encoder's findings have to survive? Prints Markdown; the decision is in ``docs/adr``.
"""

import argparse
import gzip
import json
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gateway.detect.onnx.reading import Reader
from gateway.detect.onnx.verdict import Interpreter
from tests.bench.models.subject import Subject, subject

ROWS = {
    "benign": 7000, "pii_ner": 2500, "toxicity": 3500, "bias": 1500, "injection": 1200, "harm_request": 600,
}  # fmt: skip
"""About so many of each file, its sources alike."""

SLOTS = 1 << 18
LOSS = 0.005
LONGEST = 2000

Floats = npt.NDArray[np.float64]
Wanted = Callable[["Judged"], bool]


@dataclass(frozen=True, slots=True)
class Judged:
    """A text as the encoder read it, and what it found."""

    file: str
    ids: list[int]
    types: list[int]
    labelled: bool
    inside: list[int]
    """Tokens that lie in a span."""


def main() -> None:
    """Have the encoder judge, distil, and print what may be skipped."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.models.screen", description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the labelled text, FILE.jsonl.gz")
    parser.add_argument("--answers", type=Path, default=Path("build/bench/screen.jsonl.gz"))
    options = parser.parse_args()
    if not options.answers.exists():
        options.answers.parent.mkdir(parents=True, exist_ok=True)
        _keep(options.answers, _judge(options.data))
    rows = _kept(options.answers)
    random.Random(11).shuffle(rows)
    cuts = len(rows) * 7 // 10, len(rows) * 85 // 100
    screen = Screen(rows[: cuts[0]])
    tune, test = rows[cuts[0] : cuts[1]], rows[cuts[1] :]
    _say(f"{len(rows)} texts, {len(test)} of them held out; load {os.getloadavg()[0]:.1f}\n")
    _say("| has to survive | texts lost | harmless texts skipped | of their tokens |\n|---|---:|---:|---:|")
    for name, wanted in WANTED.items():
        fared = judge(screen, tune, test, wanted)
        _say(f"| {name} | {fared.lost} of {fared.found} | {fared.texts:.1%} | {fared.tokens:.1%} |")
    _say(f"\na text of 128 tokens through the screen: {_cost(screen):.0f} µs")


@dataclass(frozen=True, slots=True)
class Fared:
    """What a pair of thresholds does."""

    found: int
    """Texts in which the encoder finds something that is wanted."""

    lost: int
    texts: float
    """Share of the harmless texts that are skipped, and of their tokens."""

    tokens: float


WANTED: dict[str, Wanted] = {
    "labels and spans": lambda row: row.labelled or bool(row.inside),
    "labels alone": lambda row: row.labelled,
    "spans alone": lambda row: bool(row.inside),
}


class Screen:
    """The two linear models, over hashed tokens with their letter case and neighbours."""

    def __init__(self, rows: Sequence[Judged]) -> None:
        self._text = _fitted([(_pairs(row), float(row.labelled)) for row in rows])
        self._token = _fitted_tokens([(_around(row), inside(row)) for row in rows])

    def scores(self, row: Judged) -> tuple[float, float]:
        """How likely a label is, and the likeliest token of a span; logits."""
        pairs = _pairs(row)
        text = float(self._text[pairs].sum() / np.sqrt(len(pairs))) if len(pairs) else -20.0
        token = float(self._token[_around(row)].sum(axis=1).max()) if row.ids else -20.0
        return text, token


def judge(screen: Screen, tune: Sequence[Judged], test: Sequence[Judged], wanted: Wanted) -> Fared:
    """Thresholds that lose too little on one part and skip the most; what they do on the other."""
    scores = np.array([screen.scores(row) for row in tune])
    positive = np.array([wanted(row) for row in tune])
    sizes = np.array([len(row.ids) for row in tune])
    harmless = np.array([row.file == "benign" for row in tune])
    best, skipped_most = (-np.inf, -np.inf), -1.0
    for text in np.quantile(scores[:, 0], np.linspace(0, 1, 60)):
        for token in np.quantile(scores[:, 1], np.linspace(0, 1, 60)):
            skipped = (scores[:, 0] < text) & (scores[:, 1] < token)
            gain = float(sizes[skipped & harmless].sum())
            if (skipped & positive).sum() <= LOSS * positive.sum() and gain > skipped_most:
                best, skipped_most = (float(text), float(token)), gain
    return _fared(screen, test, wanted, best)


def _fared(screen: Screen, rows: Sequence[Judged], wanted: Wanted, least: tuple[float, float]) -> Fared:
    skipped = [
        row
        for row in rows
        if all(score < bound for score, bound in zip(screen.scores(row), least, strict=True))
    ]
    harmless, gone = ([row for row in some if row.file == "benign"] for some in (rows, skipped))
    return Fared(
        sum(map(wanted, rows)),
        sum(map(wanted, skipped)),
        len(gone) / len(harmless),
        sum(len(row.ids) for row in gone) / sum(len(row.ids) for row in harmless),
    )


# --- features and fitting -----------------------------------------------------------------------------------


def inside(row: Judged) -> Floats:
    """One for each token in a span."""
    marks = np.zeros(len(row.ids))
    marks[row.inside] = 1
    return marks


def _cased(row: Judged) -> npt.NDArray[np.int64]:
    return np.asarray(row.ids, np.int64) * 3 + np.asarray(row.types or [0] * len(row.ids), np.int64)


def _pairs(row: Judged) -> npt.NDArray[np.int64]:
    """Tokens and pairs of tokens."""
    own = _cased(row)
    return np.concatenate([own % SLOTS, (own[:-1] * 1_000_003 + own[1:] * 7919 + 1) % SLOTS])


def _around(row: Judged) -> npt.NDArray[np.int64]:
    """For each token: itself, its neighbours, and the pairs with them."""
    own = _cased(row)
    before, behind = np.concatenate([[1], own[:-1]]), np.concatenate([own[1:], [2]])
    mixed = [own, before * 31 + 5, behind * 37 + 11, own * 1_000_003 + before, own * 999_983 + behind * 3 + 7]
    return np.stack(mixed, axis=1) % SLOTS


def _fitted(rows: Sequence[tuple[npt.NDArray[np.int64], float]], epochs: int = 12) -> Floats:
    """Logistic regression by Adagrad, one text a step."""
    weights, seen = np.zeros(SLOTS), np.full(SLOTS, 1e-2)
    share = sum(label for _, label in rows) / len(rows)
    order = random.Random(3)
    for _ in range(epochs):
        for slots, label in order.sample(rows, len(rows)):
            if not len(slots):
                continue
            scale = 1 / np.sqrt(len(slots))
            error = 1 / (1 + np.exp(-np.clip(weights[slots].sum() * scale, -30, 30))) - label
            _step(weights, seen, slots, error * scale * (1 / share if label else 1 / (1 - share)))
    return weights


def _fitted_tokens(rows: Sequence[tuple[npt.NDArray[np.int64], Floats]], epochs: int = 6) -> Floats:
    """The same with all tokens of a text a step."""
    weights, seen = np.zeros(SLOTS), np.full(SLOTS, 1e-2)
    order = random.Random(3)
    for _ in range(epochs):
        for slots, marks in order.sample(rows, len(rows)):
            if not len(slots):
                continue
            errors = 1 / (1 + np.exp(-np.clip(weights[slots].sum(axis=1), -30, 30))) - marks
            _step(weights, seen, slots.ravel(), np.repeat(errors * np.where(marks, 4, 1), slots.shape[1]))
    return weights


def _step(weights: Floats, seen: Floats, slots: npt.NDArray[np.int64], slope: Floats | float) -> None:
    np.add.at(seen, slots, np.square(slope))
    np.add.at(weights, slots, -0.1 * slope / np.sqrt(seen[slots]))


def _cost(screen: Screen) -> float:
    row = Judged("", [1000 + at for at in range(128)], [0] * 128, labelled=False, inside=[])
    began = time.perf_counter()
    for _ in range(1000):
        screen.scores(row)
    return (time.perf_counter() - began) * 1e3


# --- the encoder's answers ----------------------------------------------------------------------------------


def _judge(data: Path) -> Iterator[Judged]:
    with subject("shipped", 1) as model:
        reader, interpreter = Reader(model.status.model), Interpreter(model.status.model)
        for file, text in _texts(data):
            yield _judged(model, reader, interpreter, file, text)


def _texts(data: Path) -> Iterator[tuple[str, str]]:
    order = random.Random(5)
    for file, wanted in ROWS.items():
        by_source: dict[str, list[str]] = {}
        with gzip.open(data / f"{file}.jsonl.gz") as lines:
            for row in map(json.loads, lines):
                by_source.setdefault(row["source"], []).append(row["text"][:LONGEST])
        for texts in by_source.values():
            most = min(-(-wanted // len(by_source)), len(texts))
            yield from ((file, text) for text in order.sample(texts, most))


def _judged(model: Subject, reader: Reader, interpreter: Interpreter, file: str, text: str) -> Judged:
    reading = reader.read(text)
    verdict = interpreter.verdict(reading, model.parts(reading))
    labels = zip(verdict.scores, model.status.model.labels, strict=True)
    return Judged(
        file,
        list(reading.ids),
        list(reading.types),
        labelled=any(score >= label.threshold for score, label in labels),
        inside=[
            at
            for at, (start, end) in enumerate(reading.places)
            if any(hit.start < end and start < hit.end for hit in verdict.spans)
        ],
    )


def _keep(path: Path, rows: Iterator[Judged]) -> None:
    part = path.with_name(f"{path.name}.part")
    with gzip.open(part, "wt") as sink:
        sink.writelines(f"{json.dumps(asdict(row))}\n" for row in rows)
    part.replace(path)


def _kept(path: Path) -> list[Judged]:
    with gzip.open(path) as lines:
        return [Judged(**json.loads(line)) for line in lines]


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a report


if __name__ == "__main__":
    main()
