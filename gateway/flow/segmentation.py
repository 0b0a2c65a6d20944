"""Where a growing text is cut into segments: by what it says, never by how it arrived.

A cut stands behind a sentence or a line, at least :data:`LEAST` characters behind the cut before. A text
without such an end is cut between two words, once it is longer than :data:`MOST`. What has no white space
at all (a key, a token, an encoded file) is not cut before :data:`LONGEST_RUN`.
"""

import re

LEAST = 96
"""Characters in a segment, unless the text ends."""

MOST = 384
"""Characters after which a segment need not end with a sentence."""

LONGEST_RUN = 8192
"""Characters after which even a run without white space is cut."""

_FULL_WIDTH = "\u3002\uff01\uff1f"
_CLOSING = "\"'\u201d\u2019)\\]"
_END = re.compile(rf"\n|[{_FULL_WIDTH}]|[.!?\u2026][{_CLOSING}]{{0,4}}(?=\s)")
_REACH = 6
"""An end is at most so long, what it must be followed by included."""

_SPACE = re.compile(r"\s")


class Segmenter:
    """Finds the cuts of one text while it grows. Every chunking of a text gives the same cuts."""

    __slots__ = ("_looked", "_start", "_tail")

    def __init__(self) -> None:
        self._start = 0
        self._tail = ""
        self._looked = LEAST - _REACH

    def feed(self, text: str) -> list[int]:
        """The cuts that this piece of text decides, as offsets into the whole."""
        self._tail += text
        cuts: list[int] = []
        while (length := self._next()) > 0:
            self._start += length
            self._tail = self._tail[length:]
            self._looked = LEAST - _REACH
            cuts.append(self._start)
        return cuts

    def _next(self) -> int:
        """The length of the segment that begins the tail; 0 while it is undecided."""
        tail = self._tail
        if len(tail) <= LEAST:
            return 0
        for end in _END.finditer(tail, self._looked, MOST + 1):
            if end.end() >= LEAST:
                return end.end()
        if len(tail) <= MOST + _REACH:
            self._looked = max(self._looked, len(tail) - _REACH)
            return 0
        return self._between_words(tail)

    def _between_words(self, tail: str) -> int:
        if self._looked <= MOST:
            for at in range(MOST, LEAST, -1):
                if tail[at - 1].isspace():
                    return at
        space = _SPACE.search(tail, max(self._looked, MOST), LONGEST_RUN)
        if space is not None:
            return space.end()
        self._looked = max(self._looked, len(tail))
        return LONGEST_RUN if len(tail) > LONGEST_RUN else 0
