"""Verdicts of texts seen before, bounded. Texts are known by their digest and never kept."""

import hashlib
from collections import OrderedDict

from gateway.detect.onnx.verdict import Verdict


def digest(text: str) -> bytes:
    """What a text is known by. Lone surrogates count like any other character."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Cache:
    """The verdicts used last, of one model. For one thread."""

    def __init__(self, size: int) -> None:
        """``size`` counts a verdict as one, and each of its spans as one more."""
        self._size = size
        self._used = 0
        self._verdicts: OrderedDict[bytes, Verdict] = OrderedDict()

    def __len__(self) -> int:
        return len(self._verdicts)

    def get(self, key: bytes) -> Verdict | None:
        """The verdict of a text, if it is still known."""
        verdict = self._verdicts.get(key)
        if verdict is not None:
            self._verdicts.move_to_end(key)
        return verdict

    def put(self, key: bytes, verdict: Verdict) -> None:
        """Remember a verdict; those unused for longest make room."""
        if key in self._verdicts:
            return
        self._verdicts[key] = verdict
        self._used += _weight(verdict)
        while self._used > self._size:
            _, oldest = self._verdicts.popitem(last=False)
            self._used -= _weight(oldest)


def _weight(verdict: Verdict) -> int:
    return 1 + len(verdict.spans)
