import random

import pytest

from onnx_models.training.mix import adopted, refreshed
from onnx_models.training.schema import Row, Span
from onnx_models.training.split import HELD_OUT, Side, side, spared

SOURCES = (
    "wnut17",
    "broad_twitter_corpus_train",
    "clinc150",
    "made_people_hate",
    "made_swapped",
    "wikigold",
    "mt_bench",
)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    rng = random.Random(1)
    return [
        Row(
            f"word {number}",
            source,
            f"{source}:{number}",
            {"toxicity": 0.0},
            (Span(0, 4, "PERSON"),) if named and rng.random() < 0.5 else (),
            frozenset({"PERSON"} if named else ()),
            f"{source}:{number}",
        )
        for source in SOURCES
        for named in [source in {"wnut17", "broad_twitter_corpus_train", "wikigold", "made_swapped"}]
        for number in range(200)
    ]


def test_a_refresher_keeps_to_the_training_side(rows: list[Row]) -> None:
    chosen = refreshed(rows, 1)
    assert chosen
    assert {side(row) for row in chosen} == {Side.TRAIN}


def test_every_named_row_of_running_text_is_in_a_refresher_once(rows: list[Row]) -> None:
    chosen = [row.id for row in refreshed(rows, 1) if row.source == "wnut17" and row.spans]
    wanted = {row.id for row in rows if row.source == "wnut17" and row.spans and side(row) is Side.TRAIN}
    assert sorted(chosen) == sorted(wanted)


def test_adopting_takes_the_held_out_sources_but_spares_a_tenth(rows: list[Row]) -> None:
    chosen = [row for row in adopted(rows, 1) if row.source in HELD_OUT]
    assert {row.source for row in chosen} == {"wikigold", "mt_bench"}
    assert not any(spared(row) for row in chosen)
    assert any(spared(row) for row in rows if row.source == "wikigold")
