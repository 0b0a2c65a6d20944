"""Windows put together again, spans in characters of the original."""

from pathlib import Path

import numpy as np
import pytest

from gateway.detect.onnx.backend import Logits
from gateway.detect.onnx.detector import Classifiers
from gateway.detect.onnx.manifest import Model, read
from gateway.detect.onnx.reading import Reader, Reading, Window, letter_case
from gateway.detect.onnx.verdict import Interpreter, stitched
from tests.detect.onnx.tiny import write


@pytest.fixture
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return read(write(tmp_path_factory.mktemp("tiny")))[0]


@pytest.mark.parametrize(
    ("length", "starts"), [(0, [0]), (8, [0]), (9, [0, 6]), (14, [0, 6]), (15, [0, 6, 12])]
)
def test_windows_overlap_and_reach_the_end(model: Model, length: int, starts: list[int]) -> None:
    windows = Reader(model).windows(Reading([0] * length, [], [], []))
    assert [window.start for window in windows] == starts
    assert windows[-1].end == length
    assert all(len(window) <= 8 for window in windows)


def test_a_token_is_read_where_it_stands_deepest() -> None:
    first, second = Window(0, 8), Window(6, 12)
    whole = stitched(12, [(second, np.full((6, 1), 2.0)), (first, np.full((8, 1), 1.0))])
    assert whole[:, 0].tolist() == [1.0] * 7 + [2.0] * 5


def test_what_is_no_number_is_refused(model: Model) -> None:
    labels = np.array([np.nan, 0.0], np.float32)
    with pytest.raises(ValueError, match="no number"):
        Interpreter(model).verdict(Reading([], [], [], []), [(Window(0, 0), Logits(labels, None))])


def test_softmax_weighs_labels_against_each_other(model: Model) -> None:
    against = model.model_copy(update={"activation": "softmax"})
    labels = np.array([2.0, 1.0], np.float32)
    verdict = Interpreter(against).verdict(Reading([], [], [], []), [(Window(0, 0), Logits(labels, None))])
    assert sum(verdict.scores) == pytest.approx(1.0)


def test_a_span_has_the_name_that_a_recogniser_has_for_it(tmp_path: Path) -> None:
    def renamed(text: str) -> str:
        return text.replace("[[model.labels]]", '[model.spans]\nPERSON = "person"\n\n[[model.labels]]', 1)

    (entry,) = read(write(tmp_path, renamed))
    logits = np.zeros((2, len(entry.tags)), np.float32)
    logits[0, entry.tags.index("B-PERSON")] = logits[1, entry.tags.index("B-LOCATION")] = 9
    reading = Reading([6, 9], [], [(0, 3), (4, 9)], [True, True])
    verdict = Interpreter(entry).verdict(reading, [(Window(0, 2), Logits(None, logits))])
    assert [(hit.label, hit.start, hit.end) for hit in verdict.spans] == [
        ("person", 0, 3),
        ("LOCATION", 4, 9),
    ]
    assert entry.kinds == {"person", "LOCATION"}


@pytest.mark.parametrize("logit", [-1e30, -700.0, 0.0, 700.0, 1e30])
def test_every_finite_logit_is_a_score(model: Model, logit: float) -> None:
    labels = np.array([logit, -logit], np.float32)
    (first, second) = (
        Interpreter(model).verdict(Reading([], [], [], []), [(Window(0, 0), Logits(labels, None))]).scores
    )
    assert 0 <= first <= 1
    assert 0 <= second <= 1
    assert (first > 0.5) == (logit > 0)


@pytest.mark.parametrize(
    ("piece", "case"), [("ada", 0), ("Ada", 1), ("ADA", 2), ("A", 1), ("12", 0), ("", 0)]
)
def test_letter_case(piece: str, case: int) -> None:
    assert letter_case(piece) == case


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("ada in paris", ["ada", "paris"]),
        ("🙂 Ada Lovelace, Paris", ["Ada Lovelace", "Paris"]),
        ("ada ada", ["ada", "ada"]),
        ("fine love fine", ["love"]),
        ("fine " * 20 + "ada lovelace " + "fine " * 20, ["ada lovelace"]),
        ("а\u200bda lovelace", ["а\u200bda lovelace"]),  # noqa: RUF001 - a Cyrillic letter and a zero-width space
        ("", []),
    ],
)
async def test_spans_are_those_of_the_original(classifiers: Classifiers, text: str, spans: list[str]) -> None:
    (report,) = await classifiers.detect_batch([text])
    assert [text[hit.start : hit.end] for hit in report.hits] == spans
    assert all(hit.category == "pii" and 0.5 < hit.score <= 1 for hit in report.hits)
