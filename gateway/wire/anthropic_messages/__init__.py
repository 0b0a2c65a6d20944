"""Anthropic's messages, and everything that speaks like them."""

from typing import Final

from gateway.wire.anthropic_messages.census import CENSUS, COUNTED
from gateway.wire.anthropic_messages.request import read_request
from gateway.wire.anthropic_messages.response import read_count, read_response
from gateway.wire.anthropic_messages.stream import MessagesReader
from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Endpoint, v1
from gateway.wire.envelopes import AnthropicErrors
from gateway.wire.stream import StreamReader, is_event_stream


class AnthropicMessages(AnthropicErrors):
    """``POST /v1/messages``."""

    __slots__ = ()
    name: Final = "anthropic_messages"
    family: Final = "anthropic"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        return read_request(body)

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response."""
        return read_response(body)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A reader for an event stream."""
        return MessagesReader() if is_event_stream(content_type) else None


class AnthropicCount(AnthropicMessages):
    """``POST /v1/messages/count_tokens``: the same text, and only a number comes back."""

    __slots__ = ()

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response."""
        return read_count(body)


DIALECT: Final[Dialect] = AnthropicMessages()
COUNT: Final[Dialect] = AnthropicCount()

ENDPOINTS: Final = (
    Endpoint("messages", "POST", v1("/messages"), DIALECT, generative=True, census=CENSUS),
    Endpoint("messages.count_tokens", "POST", v1("/messages/count_tokens"), COUNT, census=COUNTED),
)
