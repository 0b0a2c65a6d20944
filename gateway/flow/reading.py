"""Reading: what came back from an upstream, as segments and a way to rewrite them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.core.errors import CallerError
from gateway.core.exchange import Usage
from gateway.core.finding import Coverage, State
from gateway.core.segment import Segment, Unscanned
from gateway.wire.dialect import AnswersBlobs, BlobView, Dialect
from gateway.wire.splice import Edit, splice
from gateway.wire.stream import StreamReader, read_whole
from gateway.wire.strict import parse


@dataclass(slots=True)
class Reading:
    """A response body, understood."""

    segments: Sequence[Segment]
    coverage: Sequence[Coverage]
    """What could not be read, and how a stream was handled."""

    usage: Usage
    finish: str
    rewrite: Callable[[Sequence[Edit]], bytes]
    rewritable: Callable[[str], bool]
    readable: bool = True

    def observed(self) -> "Reading":
        """The same, said to have been read only after release."""
        rest = tuple(entry for entry in self.coverage if entry is not BUFFERED)
        return replace(self, coverage=(OBSERVED, *rest))


def read_response(dialect: Dialect, raw: bytes, content_type: bytes) -> Reading:
    """Find the segments of a whole response body, streamed or not. Never raises: what cannot be
    read is coverage."""
    reader = dialect.stream(content_type)
    if reader is not None:
        return _stream(reader, raw)
    blob = dialect.blob(raw, content_type) if isinstance(dialect, AnswersBlobs) else None
    return _whole(dialect, raw) if blob is None else _blob(blob)


def _stream(reader: StreamReader, raw: bytes) -> Reading:
    view = read_whole(reader, raw)
    return Reading(
        segments=view.segments,
        coverage=(BUFFERED, *unscanned(view.unscanned)),
        usage=view.usage,
        finish=view.finish,
        rewrite=view.rewrite,
        rewritable=view.rewritable,
        readable=view.complete or view.error is not None,
    )


def _blob(view: BlobView) -> Reading:
    return Reading(
        segments=view.segments,
        coverage=unscanned(view.unscanned),
        usage=Usage(),
        finish="",
        rewrite=view.rewrite,
        rewritable=view.rewritable,
    )


def _whole(dialect: Dialect, raw: bytes) -> Reading:
    try:
        body = parse(raw)
    except CallerError as error:
        return _unreadable(raw, error.code)
    view = dialect.response(body)
    return Reading(
        segments=view.segments,
        coverage=unscanned(view.unscanned),
        usage=view.usage,
        finish=view.finish,
        rewrite=lambda edits: splice(raw, edits),
        rewritable=view.rewritable,
    )


def unread() -> Reading:
    """What is known of a body that nobody wanted to look at."""
    return Reading((), (), Usage(), "", lambda _: b"", lambda _: False)


def _unreadable(raw: bytes, code: str) -> Reading:
    gap = Coverage("", "*", State.ERROR, code)
    return Reading((), (gap,), Usage(), "", lambda _: raw, lambda _: False, readable=False)


def unscanned(parts: Sequence[Unscanned]) -> tuple[Coverage, ...]:
    """Coverage of the parts that no detector can read."""
    return tuple(Coverage(part.pointer, "*", State.NOT_RUN, part.reason) for part in parts)


BUFFERED = Coverage("stream", "*", State.NOT_APPLICABLE, "buffered_whole")
OBSERVED = Coverage("stream", "*", State.NOT_APPLICABLE, "observed_after_release")
