"""Verdicts are remembered by digest, and no more of them than allowed."""

from gateway.core.finding import Hit
from gateway.detect.onnx.cache import Cache, digest
from gateway.detect.onnx.detector import Classifiers
from gateway.detect.onnx.verdict import Verdict

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


async def test_a_text_seen_before_is_not_judged_again(classifiers: Classifiers) -> None:
    (first,) = await classifiers.detect_batch(["you idiot"])
    (classifier,) = classifiers._classifiers
    classifier._batcher.close()
    again, new = await classifiers.detect_batch(["you idiot", "unseen"])
    assert again == first
    assert new.incomplete == "overloaded"
