"""Batches of like length, the longest waiting first, nobody forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.onnx.queue import STEP, Queue


def test_like_lengths_share_a_batch() -> None:
    queue: Queue[str] = Queue(lambda _: True)
    for due, (item, length) in enumerate([("a", 10), ("b", 100), ("c", 12), ("d", 99)]):
        queue.push(item, length, due)
    assert [queue.pop(1000), queue.pop(1000), queue.pop(1000)] == [["a", "c"], ["b", "d"], []]


def test_a_batch_is_bounded_but_never_empty() -> None:
    queue: Queue[int] = Queue(lambda _: True)
    for item in range(5):
        queue.push(item, 16, item)
    assert queue.pop(32) == [0, 1]
    assert queue.pop(1) == [2]


def test_who_waited_longest_goes_first() -> None:
    queue: Queue[str] = Queue(lambda _: True)
    queue.push("late", 10, 5.0)
    queue.push("early", 100, 1.0)
    assert queue.pop(1000) == ["early"]


def test_the_abandoned_are_dropped() -> None:
    queue: Queue[int] = Queue(lambda item: item % 2 == 1)
    for item in range(6):
        queue.push(item, 10, item)
    assert queue.pop(32) == [1, 3]
    assert queue.pop(32) == [5]
    assert (len(queue), queue.pop(32)) == (0, [])


@given(st.lists(st.integers(0, 300)), st.integers(1, 600))
def test_everybody_is_served_once_with_little_padding(lengths: list[int], budget: int) -> None:
    queue: Queue[int] = Queue(lambda _: True)
    for item, length in enumerate(lengths):
        queue.push(item, length, item)
    served = []
    while batch := queue.pop(budget):
        sizes = [lengths[item] for item in batch]
        assert max(sizes) - min(sizes) <= STEP
        assert len(batch) == 1 or len(batch) * max(sizes) <= budget
        served += batch
    assert sorted(served) == list(range(len(lengths)))
