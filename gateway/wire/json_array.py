"""A JSON array that is delivered piece by piece, read so that every byte can be given back.

Google's APIs stream like this where nobody asks for server-sent events: ``[{…}``, then ``,{…}`` for
each further message, and ``]`` at the end. A frame is one element, with the comma and the space in
front of it; the closing bracket is a frame without data.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.wire.sse import Frame

_NOTHING = re.compile(rb"[ \t\n\r,]*")
_SPACE = b" \t\n\r"
_SIGN = re.compile(rb'["\[\]{}]')
_IN_STRING = re.compile(rb'["\\]')
_BEHIND_SCALAR = re.compile(rb"[,\] \t\n\r]")


@dataclass(frozen=True, slots=True)
class Element(Frame):
    """One element with the bytes it came in."""

    end: int = 0
    """Where it ends in them. It cannot be looked for: what is no UTF-8 is spelled otherwise in its data."""

    def with_data(self, data: str) -> bytes:
        """The frame's bytes with another element; what stands around it survives."""
        return self.raw[: self.start] + data.encode() + self.raw[self.end :]


class Parser:
    """Incremental: feed chunks, get frames. The chunking never changes the frames, nor is a byte looked
    at twice.

    What is no array comes as one frame, at the end.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._from = 0
        """Where the frame begins."""

        self._start = -1
        """Where its element begins; -1 between two."""

        self._at = 0
        """What stands before this was looked at."""

        self._depth = 0
        self._quoted = False
        self._step: Callable[[], bool | None] = self._open

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that this chunk completes."""
        self._buffer += chunk
        frames: list[Frame] = []
        while (complete := self._step()) is not None:
            if complete:
                frames.append(self._cut())
        self._forget()
        return frames

    def close(self) -> list[Frame]:
        """What is left at the end of the stream."""
        self._at = len(self._buffer)
        rest, ended = self._buffer, self._step == self._end
        if not rest:
            return []
        self._buffer = b""
        return [_element(rest, rest.strip(_SPACE), len(rest.rstrip(_SPACE)), terminated=ended)]

    # Each step looks at what has come. True: a frame ends here. False: go on. None: more is needed.

    def _open(self) -> bool | None:
        begun = self._buffer.lstrip(_SPACE)
        if not begun:
            return None
        if begun[:1] != b"[":
            self._step = self._end
            return None
        self._at = len(self._buffer) - len(begun) + 1
        self._step = self._between
        return False

    def _between(self) -> bool | None:
        found = _NOTHING.match(self._buffer, self._at)
        self._at = found.end() if found else self._at
        first = self._buffer[self._at : self._at + 1]
        if not first:
            return None
        if first == b"]":
            self._at += 1
            self._step = self._end
            return True
        self._start = self._at
        self._step = self._inside if first in b'{["' else self._scalar
        return False

    def _scalar(self) -> bool | None:
        found = _BEHIND_SCALAR.search(self._buffer, self._at)
        self._at = found.start() if found else len(self._buffer)
        return self._ended() if found else None

    def _inside(self) -> bool | None:
        found = (_IN_STRING if self._quoted else _SIGN).search(self._buffer, self._at)
        if found is None:
            self._at = len(self._buffer)
            return None
        sign = found[0]
        if sign == b"\\" and found.end() == len(self._buffer):
            self._at = found.start()
            return None
        self._at = found.end() + (sign == b"\\")
        if sign == b'"':
            self._quoted = not self._quoted
        elif sign != b"\\":
            self._depth += 1 if sign in b"{[" else -1
        return self._ended() if not self._quoted and self._depth <= 0 else False

    def _end(self) -> bool | None:
        """Whatever comes now belongs to the last frame."""
        return None

    def _ended(self) -> bool:
        self._step = self._between
        self._depth = 0
        return True

    def _cut(self) -> Frame:
        raw = self._buffer[self._from : self._at]
        data = self._buffer[self._start : self._at] if self._start >= 0 else b""
        self._from, self._start = self._at, -1
        return _element(raw, data, len(raw))

    def _forget(self) -> None:
        """Let go of the frames that are complete."""
        gone, self._from = self._from, 0
        self._buffer = self._buffer[gone:]
        self._at -= gone
        self._start -= gone if self._start >= 0 else 0


def parse(raw: bytes) -> list[Frame]:
    """All frames of a whole stream."""
    parser = Parser()
    return parser.feed(raw) + parser.close()


def _element(raw: bytes, data: bytes, end: int, *, terminated: bool = True) -> Element:
    """The frame of an element that ends at ``end`` of its bytes."""
    text = data.decode("utf-8", "replace")
    return Element(raw, "", text, terminated=terminated, start=end - len(data), end=end)
