"""The runner: every pair of segment and detector is covered exactly once, whatever happens."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from gateway.core.finding import Coverage, Hit, State
from gateway.core.segment import Segment
from gateway.detect import Detection, Incomplete, Report, Runner, default_detectors
from gateway.detect.detector import Occasion


class Inline:
    version = "1"
    categories = frozenset({"pii"})

    def __init__(self, id_: str, answer: Callable[[str], Sequence[Hit]]) -> None:
        self.id = id_
        self._answer = answer

    def detect(self, text: str) -> Sequence[Hit]:
        return self._answer(text)


class Batch:
    id = "model"
    version = "7"
    categories = frozenset({"toxicity"})

    def __init__(self, delay: float = 0.0, answer: Callable[[str], Sequence[Hit]] = lambda _: ()) -> None:
        self._delay = delay
        self._answer = answer
        self.texts: list[str] = []
        self.begun = asyncio.Event()
        self.cancelled = False

    async def detect_batch(self, texts: Sequence[str]) -> Sequence[Report]:
        self.texts.extend(texts)
        self.begun.set()
        try:
            await asyncio.sleep(self._delay)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return [Report(tuple(self._answer(text))) for text in texts]


class ShortBatch(Batch):
    def declines(self, segment: Segment) -> str:
        return "too_long" if len(segment.text) > 10 else ""


def segments(*texts: str) -> list[Segment]:
    return [Segment(f"s{i}", "user", "text", f"/{i}", text) for i, text in enumerate(texts)]


def whole(text: str) -> list[Hit]:
    return [Hit("pii", "all", 0.9, 0, len(text))]


def fail(text: str) -> list[Hit]:
    raise RuntimeError(f"cannot read {text}")


def cut(_text: str) -> list[Hit]:
    raise Incomplete("candidate_limit", [Hit("pii", "x", 0.9, 0, 1)])


def states(detection: Detection) -> dict[tuple[str, str], tuple[str, str]]:
    pairs = [(c.segment, c.detector) for c in detection.coverage]
    assert len(pairs) == len(set(pairs))
    return {(c.segment, c.detector): (c.state.value, c.reason) for c in detection.coverage}


def test_findings_are_numbered_in_order() -> None:
    runner = Runner([Inline("a", lambda t: [Hit("pii", "x", 0.9, i, i + 1) for i in (2, 0)])])
    found = runner.detect_inline(segments("abc", "def"), ["a"]).findings
    assert [(f.id, f.segment, f.start, f.detector, f.version) for f in found] == [
        ("f0", "s0", 0, "a", "1"),
        ("f1", "s0", 2, "a", "1"),
        ("f2", "s1", 0, "a", "1"),
        ("f3", "s1", 2, "a", "1"),
    ]


def test_a_detector_that_raises_is_an_error_and_says_nothing_of_the_text() -> None:
    detection = Runner([Inline("a", fail), Inline("b", whole)]).detect_inline(segments("private"), ["a", "b"])
    assert states(detection) == {("s0", "a"): ("error", "RuntimeError"), ("s0", "b"): ("ok", "")}
    assert [f.detector for f in detection.findings] == ["b"]
    assert "private" not in repr(detection)


def test_an_incomplete_answer_keeps_its_hits() -> None:
    detection = Runner([Inline("a", cut)]).detect_inline(segments("abc"), ["a"])
    assert states(detection) == {("s0", "a"): ("error", "candidate_limit")}
    assert len(detection.findings) == 1


@pytest.mark.parametrize(
    "hit",
    [
        Hit("pii", "x", 0.5, 0, 99),
        Hit("pii", "x", 0.5, -1, 1),
        Hit("pii", "x", float("nan"), 0, 1),
        Hit("pii", "x", 2, 0, 1),
    ],
)
def test_an_impossible_hit_is_an_error(hit: Hit) -> None:
    detection = Runner([Inline("a", lambda _: [hit])]).detect_inline(segments("abc"), ["a"])
    assert states(detection) == {("s0", "a"): ("error", "bad_hit")}
    assert not detection.findings


def test_what_is_not_installed_was_not_run() -> None:
    detection = Runner([Inline("a", whole)]).detect_inline(segments("x", "y"), ["a", "ghost"])
    assert states(detection)["s1", "ghost"] == ("not_run", "not installed")


def test_only_requested_detectors_run() -> None:
    detection = Runner([Inline("a", fail), Inline("b", whole)]).detect_inline(segments("x"), ["b"])
    assert set(states(detection)) == {("s0", "b")}


def test_two_detectors_may_not_share_an_id() -> None:
    with pytest.raises(ValueError, match=r"same id: a$"):
        Runner([Inline("a", whole), Inline("a", whole)])


def test_inline_knows_who_needs_to_be_awaited() -> None:
    runner = Runner([Inline("a", whole), Batch()])
    assert runner.inline(["a"])
    assert runner.inline(["a", "ghost"])
    assert not runner.inline(["a", "model"])
    assert runner.names == ("a", "model")
    assert runner.versions == {"a": "1", "model": "7"}
    covered = states(runner.detect_inline(segments("x"), ["a", "model"]))
    assert covered["s0", "model"][0] == "not_run"


async def test_batch_and_inline_detectors_answer_together() -> None:
    batch = Batch(
        answer=lambda t: [
            Hit("toxicity", "insult", 0.8, 0, len(t)),
            Hit("toxicity", "threat", 0.7, 0, len(t)),
        ]
    )
    detection = await Runner([Inline("a", whole), batch]).detect(segments("one", "two"), ["a", "model"], 5)
    assert set(states(detection).values()) == {("ok", "")}
    assert batch.texts == ["one", "two"]
    assert [f.label for f in detection.findings] == ["all", "insult", "threat"] * 2


async def test_a_late_batch_detector_is_a_timeout_and_is_cancelled() -> None:
    batch = Batch(delay=60)
    detection = await Runner([Inline("a", whole), batch]).detect(segments("one"), ["a", "model"], 0.02)
    assert states(detection) == {("s0", "a"): ("ok", ""), ("s0", "model"): ("timeout", "deadline")}
    assert batch.cancelled


async def test_a_batch_detector_that_raises_is_an_error() -> None:
    detection = await Runner([Batch(answer=fail)]).detect(segments("one", "two"), ["model"], 5)
    assert set(states(detection).values()) == {("error", "RuntimeError")}


async def test_a_batch_detector_that_loses_an_answer_is_an_error() -> None:
    class Lossy(Batch):
        async def detect_batch(self, texts: Sequence[str]) -> Sequence[Report]:
            return [Report()] * (len(texts) - 1)

    detection = await Runner([Lossy()]).detect(segments("one", "two"), ["model"], 5)
    assert set(states(detection).values()) == {("error", "ValueError")}


async def test_scores_are_told_with_and_without_a_finding() -> None:
    class Scored(Batch):
        async def detect_batch(self, texts: Sequence[str]) -> Sequence[Report]:
            return [Report(scores={"toxicity": 0.1}), Report(incomplete="overloaded", looked=False)]

    detection = await Runner([Scored()]).detect(segments("one", "two"), ["model"], 5)
    assert detection.scores == {"s0": {"toxicity": 0.1}}
    assert states(detection) == {("s0", "model"): ("ok", ""), ("s1", "model"): ("not_run", "overloaded")}


async def test_a_declined_segment_is_not_applicable() -> None:
    batch = ShortBatch(answer=whole)
    detection = await Runner([batch]).detect(segments("short", "much too long"), ["model"], 5)
    assert states(detection) == {("s0", "model"): ("ok", ""), ("s1", "model"): ("not_applicable", "too_long")}
    assert batch.texts == ["short"]


async def test_a_detector_may_ask_whose_words_it_reads_and_when() -> None:
    class Listening(Batch):
        def passes_over(self, segment: Segment, occasion: Occasion) -> str:
            return "" if segment.text == occasion.phase else "other_phase"

        async def detect_segments(self, segments: Sequence[Segment], occasion: Occasion) -> list[Report]:
            return [Report((Hit("custom", occasion.exchange, 1.0, 0, 1),)) for _ in segments]

    runner = Runner([Listening()])
    detection = await runner.detect(
        segments("request", "response"), ["model"], 5, Occasion("response", "lx-7")
    )
    assert states(detection) == {
        ("s0", "model"): ("not_applicable", "other_phase"),
        ("s1", "model"): ("ok", ""),
    }
    assert [(finding.segment, finding.label) for finding in detection.findings] == [("s1", "lx-7")]


async def test_cancelling_the_run_cancels_the_detectors() -> None:
    batch = Batch(delay=60)
    task = asyncio.get_running_loop().create_task(Runner([batch]).detect(segments("x"), ["model"], 60))
    await batch.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert batch.cancelled


def test_the_default_detectors_share_one_pass() -> None:
    detectors = default_detectors()
    assert [d.id for d in detectors] == ["patterns", "secrets"]
    runner = Runner(detectors)
    text = "ada@example.org password=Tr0ub4dor&3"
    together = runner.detect_inline(segments(text), runner.names)
    assert {f.category for f in together.findings} == {"pii", "secret"}
    assert together.coverage == (Coverage("s0", "patterns", State.OK), Coverage("s0", "secrets", State.OK))
    alone = [hit.label for d in detectors for hit in d.detect(text)]
    assert sorted(alone) == sorted(f.label for f in together.findings)
