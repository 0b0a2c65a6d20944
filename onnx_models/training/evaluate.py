"""The figures of a model, computed from its answers on rows that it was not trained on."""

import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from onnx_models.training import metrics
from onnx_models.training.calibrate import Calibration
from onnx_models.training.generators import identity, people
from onnx_models.training.generators.spelling import DISGUISES
from onnx_models.training.metrics import Estimate, Metric, bootstrap, span_f1
from onnx_models.training.schema import LABELS, Row, Span
from onnx_models.training.score import Answer
from onnx_models.training.split import Side, side

Floats = npt.NDArray[np.float64]
Table = dict[str, dict[str, Estimate]]

_A_SOURCE: Final = 150
_NAMED_ROWS: Final = 400
_FEWEST: Final = 10
RUNNING: Final = ("wikigold", "broad_twitter_corpus_dev", "broad_twitter_corpus_train", "wnut17")
"""Sources of running text with names."""

NAMES: Final = frozenset({"PERSON", "LOCATION"})
ORGANISATIONS: Final = frozenset({"ORGANIZATION"})
STRUCTURED: Final = frozenset({"EMAIL", "PHONE", "URL", "IP_ADDRESS", "CREDIT_CARD", "IBAN", "ID_NUMBER"})
ORDINARY: Final = frozenset(
    {
        "clinc150", "banking77", "gsm8k", "boolq_passages", "taskmaster4", "truthfulqa_questions", "mt_bench",
        "oasst_eval_prompts", "self_instruct_seeds", "awesome_chatgpt_prompts", "made_long_benign",
    }
)  # fmt: skip
TRIGGERS: Final = frozenset({"made_trigger_words", "bastioncorpus", "cyberseceval_frr"})
TWINS: Final = frozenset({"made_brief", "made_to_people", "made_question", "made_abroad"})
"""Harmless prompts in the shape of attacks."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows with the model's answers."""

    rows: Sequence[Row]
    answers: Sequence[Answer]

    def where(self, keep: Callable[[Row], bool]) -> "Judged":
        """Those whose row passes."""
        kept = [(row, answer) for row, answer in zip(self.rows, self.answers, strict=True) if keep(row)]
        return Judged([row for row, _ in kept], [answer for _, answer in kept])

    def of(self, source: str) -> "Judged":
        """Those of one source."""
        return self.where(lambda row: row.source == source)

    def among(self, sources: Collection[str]) -> "Judged":
        """Those of some sources."""
        return self.where(lambda row: row.source in sources)

    def column(self, label: str, calibration: Mapping[str, Calibration]) -> tuple[Floats, Floats]:
        """Scores and truth of one label, where it is known."""
        known = self.where(lambda row: label in row.labels)
        logits = np.array([answer.logits[LABELS.index(label)] for answer in known.answers], np.float64)
        return calibration[label].scores(logits), np.array(
            [row.labels[label] for row in known.rows], np.float64
        )

    def truth(self) -> Floats:
        """All labels of all rows, NaN where unknown."""
        return np.array([[row.labels.get(name, np.nan) for name in LABELS] for row in self.rows], np.float64)

    def logits(self) -> Floats:
        """All logits."""
        return np.array([answer.logits for answer in self.answers], np.float64)


def sample(rows: Iterable[Row], sides: Iterable[Side], seed: int, most: int = _A_SOURCE) -> list[Row]:
    """At most so many rows a source from some sides of the split, positives and negatives alike."""
    wanted = set(sides)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if side(row) in wanted:
            found[row.source].append(row)
    return [row for source, group in sorted(found.items()) for row in _drawn(source, group, seed, most)]


def _drawn(source: str, group: list[Row], seed: int, most: int) -> list[Row]:
    """The same rows whatever other sources there are; more of them where spans are counted."""
    most = max(most, _NAMED_ROWS) if source in RUNNING else most
    return random.Random(f"{seed} {source}").sample(group, min(len(group), most))


def by_label(judged: Judged, calibration: Mapping[str, Calibration], *, own: bool = False) -> Table:
    """Ranking, operating point and calibration of every label, pooled over sources.

    With `own`, only over sources that hold positives: no easy negatives from elsewhere.
    """
    table: Table = {}
    for label in LABELS:
        homes = {row.source for row in judged.rows if row.labels.get(label) == 1.0}
        part = judged.among(homes) if own else judged
        scores, wanted = part.column(label, calibration)
        if min(wanted.sum(), len(wanted) - wanted.sum()) < _FEWEST:
            continue
        table[label] = {
            name: bootstrap(each, scores, wanted) for name, each in _figures(calibration[label]).items()
        }
    return table


def by_source(judged: Judged, label: str, calibration: Mapping[str, Calibration]) -> Table:
    """The same for one label, source by source; sources with one class have no ranking."""
    table: Table = {}
    for source in sorted({row.source for row in judged.rows if label in row.labels}):
        scores, wanted = judged.of(source).column(label, calibration)
        figures = _figures(calibration[label])
        table[source] = {name: bootstrap(figures[name], scores, wanted) for name in ("auc", "recall", "fpr")}
    return table


def false_alarms(judged: Judged, sources: frozenset[str], calibration: Mapping[str, Calibration]) -> Table:
    """How often harmless rows of some sources reach a threshold."""
    harmless = judged.where(lambda row: row.source in sources and row.labels.get("injection") == 0.0)
    table: Table = {}
    for label in ("injection", "toxicity", "harm_request", "bias"):
        scores, wanted = harmless.column(label, calibration)
        rate = metrics.false_positive_rate(calibration[label].threshold)
        if len(wanted):
            table[label] = {"fpr": bootstrap(rate, scores, wanted)}
    return table


def identity_rows(seed: int) -> list[Row]:
    """Harmless sentences about every group, from templates that training has not seen."""
    rows = identity.identity(60000, seed)
    harmless = [
        row for row in rows if row.labels.get("toxicity") == 0.0 and row.subgroup and side(row) is Side.TEST
    ]
    found: dict[str, list[Row]] = defaultdict(list)
    for row in harmless:
        found[row.subgroup].append(row)
    rng = random.Random(seed)
    return [row for _, group in sorted(found.items()) for row in rng.sample(group, min(len(group), 25))]


def people_rows(seed: int) -> list[Row]:
    """Harmless sentences from held-out templates, the same for every group; some groups are new."""
    return list(people.balanced(2, seed))


def by_subgroup(judged: Judged, calibration: Mapping[str, Calibration]) -> dict[str, float]:
    """The false-positive rate of toxicity for every group of people."""
    found: dict[str, list[bool]] = defaultdict(list)
    scores, _ = judged.column("toxicity", calibration)
    for row, score in zip(judged.rows, scores, strict=True):
        found[row.subgroup].append(bool(score >= calibration["toxicity"].threshold))
    return {name: float(np.mean(hits)) for name, hits in found.items()}


def disguised(rows: Sequence[Row], name: str, seed: int) -> list[Row]:
    """The rows in one disguise."""
    rng = random.Random(seed)
    return [replace(row, text=DISGUISES[name](row.text, rng)) if name else row for row in rows]


def caught(judged: Judged, label: str, calibration: Mapping[str, Calibration]) -> Estimate:
    """Recall at the threshold."""
    scores, wanted = judged.column(label, calibration)
    return bootstrap(metrics.recall(calibration[label].threshold), scores, wanted)


def span_table(judged: Judged, kinds: Iterable[str]) -> dict[str, Estimate]:
    """Exact span F1 of each kind, on the rows that annotate it."""
    return {kind: span_quality(judged, frozenset({kind})) for kind in kinds}


def span_quality(judged: Judged, kinds: frozenset[str]) -> Estimate:
    """Exact span F1 of some kinds together, on the rows that annotate all of them."""
    annotated = judged.where(lambda row: kinds <= row.covered)
    found = [_of(answer.spans, kinds) for answer in annotated.answers]
    return span_f1(found, [_of(row.spans, kinds) for row in annotated.rows])


def _of(spans: Iterable[Span], kinds: frozenset[str]) -> list[Span]:
    return [span for span in spans if span.kind in kinds]


def _figures(calibration: Calibration) -> dict[str, Metric]:
    at = calibration.threshold
    return {
        "auc": metrics.auc,
        "recall": metrics.recall(at),
        "precision": metrics.precision(at),
        "fpr": metrics.false_positive_rate(at),
        "ece": metrics.calibration_error,
    }
