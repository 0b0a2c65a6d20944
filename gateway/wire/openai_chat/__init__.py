"""OpenAI's chat completions, and everything that speaks like them."""

from typing import Final

from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.openai_chat.request import read_request
from gateway.wire.openai_chat.response import read_response
from gateway.wire.openai_chat.stream import read_stream
from gateway.wire.stream import StreamView


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

    def stream(self, raw: bytes) -> StreamView:
        """Understand a whole event stream."""
        return read_stream(raw)


DIALECT: Final[Dialect] = OpenAIChat()
