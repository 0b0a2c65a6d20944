"""What waits to be run, in batches of like length.

Padding is work for nothing, so only windows of about the same length share a batch. Whoever has
waited longest goes first and takes the others of its length along.
"""

import heapq
from collections.abc import Callable
from typing import Final, Generic, NamedTuple, TypeVar

STEP: Final = 16
"""Lengths that differ by less than this many tokens may share a batch."""

T = TypeVar("T")


class _Waiting(NamedTuple, Generic[T]):
    due: float
    number: int
    """Settles ties, first come first served, so that items are never compared."""

    item: T


class Queue(Generic[T]):
    """Items with a length, sorted by when they are due."""

    def __init__(self, alive: Callable[[T], bool]) -> None:
        self._alive = alive
        self._buckets: dict[int, list[_Waiting[T]]] = {}
        self._number = 0

    def __len__(self) -> int:
        return sum(len(bucket) for bucket in self._buckets.values())

    def push(self, item: T, length: int, due: float) -> None:
        """Add an item of so many tokens."""
        self._number += 1
        padded = -(-max(length, 1) // STEP) * STEP
        heapq.heappush(self._buckets.setdefault(padded, []), _Waiting(due, self._number, item))

    def pop(self, tokens: int) -> list[T]:
        """The next batch, of so many tokens at most (but one item at least); empty when nobody waits.

        Items that nobody waits for any longer are dropped.
        """
        while self._buckets:
            length = min(self._buckets, key=lambda padded: self._buckets[padded][0])
            if batch := self._take(length, max(1, tokens // length)):
                return batch
        return []

    def drain(self) -> list[T]:
        """Everything that waits, in no particular order."""
        everything = [waiting.item for bucket in self._buckets.values() for waiting in bucket]
        self._buckets.clear()
        return everything

    def _take(self, length: int, most: int) -> list[T]:
        bucket = self._buckets[length]
        batch: list[T] = []
        while bucket and len(batch) < most:
            item = heapq.heappop(bucket).item
            if self._alive(item):
                batch.append(item)
        if not bucket:
            del self._buckets[length]
        return batch
