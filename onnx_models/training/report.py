"""Runs the model over the evaluation rows once and writes every figure to ``metrics.json``."""

import json
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from onnx_models.training.calibrate import Calibration
from onnx_models.training.evaluate import (
    NAMES,
    ORDINARY,
    ORGANISATIONS,
    RUNNING,
    STRUCTURED,
    TRIGGERS,
    TWINS,
    Judged,
    by_label,
    by_source,
    by_subgroup,
    caught,
    disguised,
    false_alarms,
    identity_rows,
    people_rows,
    sample,
    span_quality,
    span_table,
)
from onnx_models.training.generators.spelling import DISGUISES
from onnx_models.training.metrics import Estimate
from onnx_models.training.plot import bins
from onnx_models.training.schema import TAGGED, Row
from onnx_models.training.score import Scorer
from onnx_models.training.split import Side, side

_SEED = 11
_DISGUISED_ROWS = 100


def report(
    rows: Sequence[Row], model: Path, tokenizer: Path, calibration: Mapping[str, Calibration], out: Path
) -> None:
    """Leave ``metrics.json`` in `out`, and in ``judged.pickle`` the rows with their answers."""
    scorer = Scorer(model, tokenizer)

    def judge(chosen: Sequence[Row]) -> Judged:
        print(f"judging {len(chosen)} rows", flush=True)
        return Judged(chosen, scorer.answers([row.text for row in chosen]))

    saved = out / "judged.pickle"
    if not saved.exists() or saved.stat().st_mtime < model.stat().st_mtime:
        saved.write_bytes(pickle.dumps(judge(sample(rows, [Side.TEST, Side.HELD_OUT], _SEED))))
    everything: Judged = pickle.loads(saved.read_bytes())  # noqa: S301 - our own file
    found = _figures(everything, calibration) | {
        "identity": by_subgroup(judge(identity_rows(_SEED)), calibration),
        "people": by_subgroup(judge(people_rows(_SEED)), calibration),
        "disguises": {
            label: _robustness(everything, label, calibration, judge) for label in ("toxicity", "injection")
        },
        "reliability": _reliability(everything, calibration),
        "thresholds": {name: one.threshold for name, one in calibration.items()},
    }
    (out / "metrics.json").write_text(json.dumps(found, indent=1, default=_plain))


def _figures(everything: Judged, calibration: Mapping[str, Calibration]) -> dict[str, Any]:
    random = everything.where(lambda row: side(row) is Side.TEST and not row.source.startswith("made_"))
    strangers = everything.where(lambda row: side(row) is Side.HELD_OUT)
    made = everything.where(lambda row: row.source.startswith("made_"))
    labels = ("toxicity", "hate", "bias", "injection", "harm_request")
    return {
        "random tenth": by_label(random, calibration),
        "random tenth, own sources": by_label(random, calibration, own=True),
        "sources left out": by_label(strangers, calibration),
        "sources left out, own sources": by_label(strangers, calibration, own=True),
        "templates left out": by_label(made, calibration),
        "by source": {label: by_source(everything, label, calibration) for label in labels},
        "ordinary prompts": false_alarms(everything, ORDINARY, calibration),
        "trigger words": false_alarms(everything, TRIGGERS, calibration),
        "attack shapes": false_alarms(everything, TWINS, calibration),
        "names and places": {source: span_quality(everything.of(source), NAMES) for source in RUNNING},
        "organisations": {source: span_quality(everything.of(source), ORGANISATIONS) for source in RUNNING},
        "structured": span_quality(everything.of("synthetic_templates"), STRUCTURED),
        "spans of templates": span_table(everything.of("synthetic_templates"), TAGGED),
        "spans of strangers": span_table(strangers, ("PERSON", "LOCATION", "ORGANIZATION", "USERNAME")),
    }


def _reliability(everything: Judged, calibration: Mapping[str, Calibration]) -> dict[str, Any]:
    annotated = everything.where(lambda row: not row.source.startswith("made_"))
    return {
        name: bins(*annotated.column(name, calibration))
        for name in ("toxicity", "bias", "injection", "harm_request")
    }


def _robustness(
    everything: Judged,
    label: str,
    calibration: Mapping[str, Calibration],
    judge: Callable[[Sequence[Row]], Judged],
) -> dict[str, Estimate]:
    """Recall on plain positives, then on the same texts in each disguise."""
    positives = everything.where(lambda row: row.labels.get(label) == 1.0 and len(row.text) < 400)
    rows = positives.rows[:: max(1, len(positives.rows) // _DISGUISED_ROWS)]
    return {
        name or "plain": caught(judge(disguised(rows, name, _SEED)), label, calibration)
        for name in ("", *DISGUISES)
    }


def _plain(value: object) -> dict[str, float | int]:
    if not isinstance(value, Estimate):
        raise TypeError(type(value))
    return {"value": value.value, "low": value.low, "high": value.high, "rows": value.rows}
