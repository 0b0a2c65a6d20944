"""Answers to questions that came before, so that they are not worked out again."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """Keeps the answers to the small questions asked last; any thread may ask.

    Unlike ``functools.lru_cache`` it is given the key apart from what the answer is made of, which may be at
    hand in a better form, and is not kept.
    """

    KEEP = 1024
    KEY_BYTES = 4096
    """Larger questions seldom come again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, T] = OrderedDict()

    def get(self, key: bytes, make: Callable[[], T]) -> T:
        """The answer to ``key``, made now if need be; what ``make`` raises is not kept."""
        try:
            self._kept.move_to_end(key)
            return self._kept[key]
        except KeyError:  # New, or another thread just let go of it.
            pass
        answer = make()
        if len(key) <= self.KEY_BYTES:
            self._kept[key] = answer
            if len(self._kept) > self.KEEP:
                self._kept.popitem(last=False)
        return answer
