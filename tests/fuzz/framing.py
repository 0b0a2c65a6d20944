"""Framings: any chunking gives the same frames, joined they are the stream, and new data replaces the old."""

import json
from collections.abc import Callable, Iterable, Sequence

from gateway.wire import json_array, sse
from gateway.wire.sse import Frame
from gateway.wire.stream import Framing
from tests.fuzz.pieces import bytewise, pieces


def events(data: bytes) -> None:
    """Server-sent events."""
    frames = _same(sse.Parser, data)
    _exchanged(sse.parse, frames, "new\ndata")


def array(data: bytes) -> None:
    """A JSON array that comes piece by piece."""
    frames = _same(json_array.Parser, data)
    raw = b"".join(pieces(data))
    try:
        whole = json.loads(raw.decode())
    except (ValueError, RecursionError):
        return
    if isinstance(whole, list):
        datas = [frame.data for frame in frames if frame.data]
        assert repr([json.loads(each) for each in datas]) == repr(whole)
        _exchanged(json_array.parse, frames, '{"new":["data"]}')


def _same(parser: Callable[[], Framing], data: bytes) -> list[Frame]:
    raw = b"".join(pieces(data))
    frames = _fed(parser(), [raw])
    assert b"".join(frame.raw for frame in frames) == raw
    assert _fed(parser(), pieces(data)) == frames
    assert _fed(parser(), bytewise(raw)) == frames
    return frames


def _fed(parser: Framing, chunks: Iterable[bytes]) -> list[Frame]:
    return [frame for chunk in chunks for frame in parser.feed(chunk)] + parser.close()


def _exchanged(parse: Callable[[bytes], list[Frame]], frames: Sequence[Frame], data: str) -> None:
    """Every frame that has data gets other data, and nothing else changes."""
    out = b"".join(frame.with_data(data) if frame.data else frame.raw for frame in frames)
    wanted = [(f.event, f.data and data, f.id, f.terminated) for f in frames]
    assert [(f.event, f.data, f.id, f.terminated) for f in parse(out)] == wanted
