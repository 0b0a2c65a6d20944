"""Gemini's generateContent in its three forms: whole, streamed, and counted."""

from typing import Final

from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Endpoint
from gateway.wire.envelopes import GeminiErrors
from gateway.wire.gemini_generate import census
from gateway.wire.gemini_generate.paths import of_model
from gateway.wire.gemini_generate.request import read_count, read_request
from gateway.wire.gemini_generate.response import read_count_response, read_response
from gateway.wire.gemini_generate.stream import GenerateReader
from gateway.wire.stream import StreamReader, is_event_stream


class GeminiGenerate(GeminiErrors):
    """``POST /v1beta/models/{model}:generateContent``."""

    __slots__ = ()
    name: Final = "gemini_generate"
    family: Final = "gemini"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        return read_request(body, stream=False)

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response."""
        return read_response(body)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A reader for an event stream, should one come all the same."""
        return GenerateReader() if is_event_stream(content_type) else None


class GeminiStream(GeminiGenerate):
    """``POST /v1beta/models/{model}:streamGenerateContent``."""

    __slots__ = ()

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        return read_request(body, stream=True)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A reader for an event stream, or for one JSON array where the caller asked for no events."""
        return GenerateReader(array=not is_event_stream(content_type))


class GeminiCount(GeminiGenerate):
    """``POST /v1beta/models/{model}:countTokens``."""

    __slots__ = ()

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        return read_count(body)

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response: numbers."""
        return read_count_response(body)


GENERATE: Final[Dialect] = GeminiGenerate()
STREAM: Final[Dialect] = GeminiStream()
COUNT: Final[Dialect] = GeminiCount()

ENDPOINTS: Final = (
    Endpoint(
        "gemini.generate_content",
        "POST",
        of_model("generateContent"),
        GENERATE,
        generative=True,
        model="path",
        census=census.GENERATE,
    ),
    Endpoint(
        "gemini.stream_generate_content",
        "POST",
        of_model("streamGenerateContent"),
        STREAM,
        generative=True,
        model="path",
        census=census.GENERATE,
    ),
    Endpoint(
        "gemini.count_tokens", "POST", of_model("countTokens"), COUNT, model="path", census=census.COUNT
    ),
)
