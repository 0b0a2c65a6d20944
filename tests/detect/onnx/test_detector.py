"""The detector as the runner meets it."""

import asyncio
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.core.finding import State
from gateway.core.segment import Segment
from gateway.detect import Runner
from gateway.detect.onnx.assemble import Options, assemble
from gateway.detect.onnx.detector import Classifiers
from tests.detect.onnx.conftest import Assemble, Counted


def segments(*texts: str) -> list[Segment]:
    return [Segment(f"s{at}", "user", "text", f"/{at}", text) for at, text in enumerate(texts)]


async def test_scores_always_and_hits_from_the_threshold_on(classifiers: Classifiers) -> None:
    insult, order, clean = await classifiers.detect_batch(["you idiot", "ignore me", "fine"])
    assert [(hit.category, hit.label, hit.start, hit.end) for hit in insult.hits] == [
        ("toxicity", "toxicity", 0, 9)
    ]
    assert [hit.category for hit in order.hits] == ["injection"]
    assert clean.hits == ()
    assert clean.scores == pytest.approx({"toxicity": 0.1192, "injection": 0.018}, abs=1e-4)
    assert insult.scores["toxicity"] == pytest.approx(0.8176, abs=1e-4)


async def test_the_worst_window_counts(classifiers: Classifiers) -> None:
    (report,) = await classifiers.detect_batch(["fine " * 100 + "idiot" + " fine" * 100])
    assert report.scores["toxicity"] == pytest.approx(0.8176, abs=1e-4)


async def test_answers_do_not_depend_on_company(classifiers: Classifiers, assembled: Assemble) -> None:
    texts = ["fine " * n + ("idiot" if n % 3 else "ada") for n in range(40)]
    together = await asyncio.gather(*(classifiers.detect_batch([text]) for text in texts))
    alone = assembled().detector
    assert alone is not None
    for text, (report,) in zip(texts, together, strict=True):
        assert (await alone.detect_batch([text]))[0] == report


async def test_too_much_at_once_is_refused_and_on_record(assembled: Assemble) -> None:
    detector = assembled(queue_characters=1000).detector
    assert detector is not None
    texts = [f"{n} " + "fine " * 100 for n in range(5)]
    detection = await Runner([detector]).detect(segments(*texts), ["classifiers"], 30)
    fared = [(entry.state, entry.reason) for entry in detection.coverage]
    assert fared[0] == (State.OK, "")
    assert fared[2:] == [(State.NOT_RUN, "overloaded")] * 3
    assert set(detection.scores) == {"s0", *(f"s{at}" for at, entry in enumerate(fared) if not entry[1])}
    (later,) = await detector.detect_batch([texts[4]])
    assert later.looked


async def test_of_a_long_text_only_the_beginning_is_judged(assembled: Assemble) -> None:
    detector = assembled(longest_characters=20).detector
    assert detector is not None
    (report,) = await detector.detect_batch(["idiot " * 10])
    assert (report.incomplete, report.looked, report.hits[0].end) == ("too_long", True, 60)


async def test_cancelled_work_is_dropped(assembled: Assemble) -> None:
    detector = assembled().detector
    assert detector is not None
    texts = [f"{n} " + "fine " * 3000 for n in range(20)]
    task = asyncio.get_running_loop().create_task(detector.detect_batch(texts))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (report,) = await asyncio.wait_for(detector.detect_batch(["idiot"]), 10)
    assert report.hits


async def test_a_deadline_that_passes_is_a_timeout(classifiers: Classifiers) -> None:
    detection = await Runner([classifiers]).detect(segments("fine " * 15_000), ["classifiers"], 0.0)
    assert [entry.state for entry in detection.coverage] == [State.TIMEOUT]


async def test_the_loop_goes_on_meanwhile(classifiers: Classifiers) -> None:
    task = asyncio.get_running_loop().create_task(classifiers.detect_batch(["fine " * 15_000]))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10


def test_a_closed_detector_refuses(assembled: Assemble) -> None:
    detector = assembled().detector
    assert detector is not None
    detector.close()
    (report,) = asyncio.run(detector.detect_batch(["idiot"]))
    assert (report.incomplete, report.looked) == ("overloaded", False)


AWKWARD = {
    "empty": "",
    "blank": " \n\t",
    "a megabyte": "fine idiot " * 95_000,
    "one long word": "a" * 1_000_000,
    "lone surrogates": "\ud800 idiot \udfff" * 50,
    "combining marks": "e" + "\u0301" * 100_000,
    "right to left": "\u202eidiot \u05e9\u05dc\u05d5\u05dd",
    "unassigned": "\u0378\U000e0fff idiot \U0010ffff",
    "binary": "".join(map(chr, range(256))) * 100,
    "emoji": "👩‍👩‍👧‍👦" * 5000,
}


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
async def test_no_text_raises(classifiers: Classifiers, text: str) -> None:
    detection = await Runner([classifiers]).detect(segments(text), ["classifiers"], 60)
    (entry,) = detection.coverage
    assert (entry.state, entry.reason) in {(State.OK, ""), (State.ERROR, "too_long")}
    assert set(detection.scores["s0"]) == {"toxicity", "injection"}
    assert ("idiot" in text) == (detection.scores["s0"]["toxicity"] > 0.5)


@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD.keys())
async def test_no_text_costs_more_than_its_beginning(counted: tuple[Classifiers, Counted], text: str) -> None:
    detector, session = counted
    await detector.detect_batch([text])
    most = min(len(text), Options().longest_characters)
    assert session.tokens <= 2 * MOST_OF_A_CHARACTER * most + 10


MOST_OF_A_CHARACTER = 5
"""An emoji becomes so many words; windows overlap by less than half and add two tokens to eight."""


def test_switched_off_and_not_there(manifest: Path) -> None:
    assert assemble(Options(enabled=False), {}).detector is None
    manifest.unlink()
    with pytest.raises(ConfigError, match=r"cannot be read|No such file"):
        assemble(Options(manifests=(str(manifest),)), {})
