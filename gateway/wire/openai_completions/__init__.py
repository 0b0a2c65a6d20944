"""OpenAI's completions: a prompt that a model continues."""

from typing import Final

from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.openai_completions.census import CENSUS
from gateway.wire.openai_completions.request import read_request
from gateway.wire.openai_completions.response import read_response
from gateway.wire.openai_completions.stream import CompletionReader
from gateway.wire.stream import StreamReader, is_event_stream


class OpenAICompletions(OpenAIErrors):
    """``POST /v1/completions``."""

    __slots__ = ()
    name: Final = "openai_completions"
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
        return CompletionReader() if is_event_stream(content_type) else None


DIALECT: Final[Dialect] = OpenAICompletions()

ENDPOINTS: Final = (
    Endpoint("completions", "POST", v1("/completions"), DIALECT, generative=True, census=CENSUS),
)
