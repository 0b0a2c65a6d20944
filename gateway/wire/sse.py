"""Server-sent events (WHATWG HTML section 9.2.6), read so that every byte can be given back.

The client's parser throws away comments, line ends and unknown fields; a proxy must not. So each
frame keeps its raw bytes, and the frames of a stream, joined, are the stream.
"""

import re
from dataclasses import dataclass, replace

# Two line ends in a row. Atomic, or CR LF alone would count as two.
_BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LINE = re.compile(rb"[^\r\n]*+(?:\r\n|\n|\r|\Z)")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Frame:
    """One event with the bytes it came in, its blank line included."""

    raw: bytes
    event: str
    """The event's name; empty where none is given (which means ``message``)."""

    data: str
    """The data lines, joined by line feeds; empty for a frame of comments."""

    id: str = ""
    terminated: bool = True
    """False when the stream ended before the blank line: a strict client drops such a frame."""

    start: int = 0
    """Where in its bytes it begins; before it stand a byte order mark, or signs between elements."""

    def with_data(self, data: str) -> bytes:
        """The frame's bytes with other data; its other lines survive."""
        return with_data(self, data)


class Parser:
    """Incremental: feed chunks, get frames. The chunking never changes the frames."""

    def __init__(self) -> None:
        self._buffer = b""
        self._looked = 0
        self._first = True

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that this chunk completes."""
        self._buffer += chunk
        return self._frames(final=False)

    def close(self) -> list[Frame]:
        """What is left at the end of the stream."""
        frames = self._frames(final=True)
        if self._buffer:
            frames.append(replace(self._frame(self._buffer), terminated=False))
            self._buffer = b""
        return frames

    def _frames(self, *, final: bool) -> list[Frame]:
        frames: list[Frame] = []
        start = 0
        while (end := self._end(start, final=final)) >= 0:
            frames.append(self._frame(self._buffer[start:end]))
            start = end
        self._buffer = self._buffer[start:]
        # A blank line has at most four bytes, so three of them may have been looked at in vain.
        self._looked = max(0, len(self._buffer) - 3)
        return frames

    def _end(self, start: int, *, final: bool) -> int:
        """Where the frame that begins at ``start`` ends, or -1 while it is not complete."""
        content = start + len(_BOM) if self._first and self._buffer.startswith(_BOM) else start
        found = _LINE_END.match(self._buffer, content) or _BLANK_LINE.search(
            self._buffer, max(content, self._looked if not start else 0)
        )
        if found is None:
            return -1
        undecided = found.end() == len(self._buffer) and self._buffer.endswith(b"\r")
        return -1 if undecided and not final else found.end()

    def _frame(self, raw: bytes) -> Frame:
        start = len(_BOM) if self._first and raw.startswith(_BOM) else 0
        self._first = False
        return _read(raw, start)


def parse(raw: bytes) -> list[Frame]:
    """All frames of a whole stream."""
    parser = Parser()
    return parser.feed(raw) + parser.close()


def with_data(frame: Frame, data: str) -> bytes:
    """The frame's bytes with other data; its other lines survive."""
    lines = _LINE.findall(frame.raw, frame.start)
    # In place of the last data line: what follows it follows it still, and no line feed comes to stand
    # behind a carriage return and makes one line end of two.
    last = max((index for index, line in enumerate(lines) if _is_data(line)), default=-1)
    out = [
        _spelled(line, data) if index == last else line
        for index, line in enumerate(lines)
        if index == last or not _is_data(line)
    ]
    return frame.raw[: frame.start] + b"".join(out)


def _is_data(line: bytes) -> bool:
    return line.split(b":", 1)[0].rstrip(b"\r\n") == b"data"


def _spelled(line: bytes, data: str) -> bytes:
    """Fresh data lines in place of one, with its line end."""
    ending = line[len(line.rstrip(b"\r\n")) :]
    return (ending or b"\n").join(b"data: " + fresh.encode() for fresh in data.split("\n")) + ending


def _read(raw: bytes, start: int) -> Frame:
    """Interpret the lines of one frame. Nearly all have one line, of data."""
    body = raw[start:]
    if body.startswith(b"data: ") and body.find(b"\n") == len(body) - 2 and b"\r" not in body:
        return Frame(raw, "", body[6:-2].decode("utf-8", "replace"), start=start)
    event, identity, data = "", "", list[str]()
    for line in body.split(b"\n") if b"\r" not in body else _LINE_END.split(body):
        name, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        match name:
            case b"data":
                data.append(text)
            case b"event":
                event = text
            case b"id" if "\0" not in text:
                identity = text
            case _:
                pass
    return Frame(raw, event, "\n".join(data), identity, start=start)
