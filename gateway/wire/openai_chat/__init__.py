"""OpenAI's chat completions, and everything that speaks like them."""

from typing import Final

from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.openai_chat.census import CENSUS
from gateway.wire.openai_chat.request import read_request
from gateway.wire.openai_chat.response import read_response
from gateway.wire.openai_chat.stream import ChatReader
from gateway.wire.stream import StreamReader, is_event_stream


class OpenAIChat(OpenAIErrors):
    """``POST /v1/chat/completions``."""

    __slots__ = ()
    name: Final = "openai_chat"
    family: Final = "openai"

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
        return ChatReader() if is_event_stream(content_type) else None


DIALECT: Final[Dialect] = OpenAIChat()

ENDPOINTS: Final = (
    Endpoint("chat.completions", "POST", v1("/chat/completions"), DIALECT, generative=True, census=CENSUS),
)
