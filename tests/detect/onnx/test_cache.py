"""Verdicts are remembered by digest, and no more of them than allowed."""

from gateway.core.finding import Hit
from gateway.detect.onnx.cache import Cache, digest
from gateway.detect.onnx.detector import Classifiers
from gateway.detect.onnx.verdict import Verdict
from tests.detect.onnx.conftest import Counted

SPAN = Hit("pii", "PERSON", 1.0, 0, 1)


def test_the_verdict_used_last_stays() -> None:
    cache = Cache(2)
    first, second, third = Verdict((0.1,)), Verdict((0.2,)), Verdict((0.3,))
    cache.put(b"1", first)
    cache.put(b"2", second)
    assert cache.get(b"1") is first
    cache.put(b"3", third)
    assert (cache.get(b"1"), cache.get(b"2"), cache.get(b"3")) == (first, None, third)


def test_spans_take_room() -> None:
    cache = Cache(10)
    cache.put(b"1", Verdict())
    cache.put(b"2", Verdict(spans=(SPAN,) * 9))
    assert (cache.get(b"1"), len(cache)) == (None, 1)
    cache.put(b"3", Verdict(spans=(SPAN,) * 10))
    assert len(cache) == 0


def test_texts_that_no_encoding_holds_differ() -> None:
    assert len({digest("\ud800"), digest("\udfff"), digest("?"), digest("")}) == 4


async def test_a_turn_of_a_conversation_costs_its_new_texts_only(
    counted: tuple[Classifiers, Counted],
) -> None:
    detector, session = counted
    history: list[str] = []
    spent = []
    for turn in range(20):
        history += [f"fine ada {turn}", f"fine paris {turn}"]
        before = session.tokens
        await detector.detect_batch(history)
        spent.append(session.tokens - before)
    assert spent == [2 * 5] * 20


async def test_texts_alike_in_one_call_are_judged_once(counted: tuple[Classifiers, Counted]) -> None:
    detector, session = counted
    reports = await detector.detect_batch(["you idiot"] * 9)
    assert (session.tokens, len({report.scores["toxicity"] for report in reports})) == (4, 1)


async def test_a_text_seen_before_is_not_judged_again(classifiers: Classifiers) -> None:
    (first,) = await classifiers.detect_batch(["you idiot"])
    (classifier,) = classifiers._classifiers
    classifier._batcher.close()
    again, new = await classifiers.detect_batch(["you idiot", "unseen"])
    assert again == first
    assert new.incomplete == "overloaded"
