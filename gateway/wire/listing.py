"""What listings of models have in common: they carry no text of a conversation."""

from collections.abc import Mapping

from gateway.core.errors import CallerError
from gateway.wire.dialect import RequestView, ResponseView
from gateway.wire.endpoint import Direction
from gateway.wire.gather import Gather
from gateway.wire.read import Reader, control
from gateway.wire.stream import StreamReader, is_event_stream

CENSUS: Mapping[Direction, str] = {"response": "* control"}

_LISTING: Reader = control


class Listing:
    """A ``GET`` that lists or describes models."""

    __slots__ = ()

    def request(self, body: object) -> RequestView:
        """There is no request body.

        Raises:
            CallerError: 400 ``invalid_type``, when there is one all the same.
        """
        if body:
            raise CallerError(400, "invalid_type", "this endpoint takes no body")
        return RequestView("", stream=False, segments=(), unscanned=(), tools=(), parameters={})

    def response(self, body: object) -> ResponseView:
        """Names and dates are control words; what is longer is read."""
        gather = Gather("assistant")
        _LISTING(gather, "", body)
        return ResponseView(
            segments=tuple(gather.segments),
            unscanned=tuple(gather.gaps),
            fixed=frozenset(gather.fixed),
        )

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A listing is never streamed; if it is, every frame is read as it stands."""
        return StreamReader() if is_event_stream(content_type) else None
