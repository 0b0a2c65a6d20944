"""Reading whole streams in tests."""

from gateway.wire.dialect import Dialect
from gateway.wire.stream import StreamView, read_whole


def read(dialect: Dialect, raw: bytes) -> StreamView:
    """A whole event stream at once."""
    reader = dialect.stream(b"text/event-stream")
    assert reader is not None
    return read_whole(reader, raw)
