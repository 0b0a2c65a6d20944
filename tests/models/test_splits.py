import gzip
import json
from collections.abc import Mapping
from pathlib import Path

from onnx_models.training.read import read
from onnx_models.training.schema import Row, Span
from onnx_models.training.split import HELD_OUT, Side, merged, side


def write(folder: Path, family: str, *rows: Mapping[str, object]) -> None:
    with gzip.open(folder / f"{family}.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_an_absent_label_stays_unknown(tmp_path: Path) -> None:
    write(
        tmp_path,
        "toxicity",
        {"text": "You fool", "labels": {"toxic": 1}, "source": "paradetox", "id": "paradetox:1t"},
    )
    (row,) = read(tmp_path)
    assert row.labels["toxicity"] == 1.0
    assert "hate" not in row.labels
    assert "profanity" not in row.labels


def test_both_sides_of_a_pair_share_a_group(tmp_path: Path) -> None:
    rows = [
        {"text": text, "labels": {"toxic": toxic}, "source": "paradetox", "id": f"paradetox:7{mark}"}
        for text, toxic, mark in (("You fool", 1, "t"), ("You are wrong", 0, "n"))
    ]
    write(tmp_path, "toxicity", *rows)
    assert len({row.group for row in read(tmp_path)}) == 1


def test_span_types_that_are_not_annotated_stay_unknown(tmp_path: Path) -> None:
    span = {"start": 0, "end": 3, "label": "PERSON"}
    raw = {
        "text": "Ana waits",
        "spans": [span],
        "labels_covered": ["PERSON"],
        "source": "wnut17",
        "id": "wnut17:1",
    }
    write(tmp_path, "pii_ner", raw)
    (row,) = read(tmp_path)
    assert row.spans == (Span(0, 3, "PERSON"),)
    assert row.covered == {"PERSON"}


def test_sources_agree_or_the_label_is_dropped() -> None:
    rows = [
        Row("Same text", "a", "a:1", {"toxicity": 1.0, "hate": 0.0}, group="a:1"),
        Row("same  TEXT!", "b", "b:1", {"toxicity": 0.0, "bias": 1.0}, group="b:1"),
    ]
    (row,) = merged(rows)
    assert row.labels == {"hate": 0.0, "bias": 1.0}


def test_a_text_of_a_held_out_source_is_held_out_everywhere() -> None:
    name = min(HELD_OUT)
    rows = [Row("Same text", "a", "a:1", group="a:1"), Row("Same text", name, f"{name}:1", group=f"{name}:1")]
    (row,) = merged(rows)
    assert side(row) is Side.HELD_OUT
