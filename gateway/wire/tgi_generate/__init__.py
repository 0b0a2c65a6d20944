"""The generate API of Hugging Face's text-generation-inference (TGI)."""

from typing import Final

from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Endpoint
from gateway.wire.envelopes import TgiErrors
from gateway.wire.path import Template
from gateway.wire.stream import StreamReader, is_event_stream
from gateway.wire.tgi_generate.census import CENSUS
from gateway.wire.tgi_generate.request import read_request
from gateway.wire.tgi_generate.response import read_response
from gateway.wire.tgi_generate.stream import TokenReader


class TgiGenerate(TgiErrors):
    """``POST /generate``, and ``POST /``, which streams where the body says so."""

    __slots__ = ()
    name: Final = "tgi_generate"
    family: Final = "tgi"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        return read_request(body, always_streams=False)

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response."""
        return read_response(body)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A reader for an event stream."""
        return TokenReader() if is_event_stream(content_type) else None


class TgiStream(TgiGenerate):
    """``POST /generate_stream``."""

    __slots__ = ()

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        return read_request(body, always_streams=True)


GENERATE: Final[Dialect] = TgiGenerate()
STREAM: Final[Dialect] = TgiStream()

ENDPOINTS: Final = tuple(
    Endpoint(name, "POST", (Template("", path),), dialect, generative=True, model="none", census=CENSUS)
    for name, path, dialect in (
        ("tgi.generate", "/generate", GENERATE),
        ("tgi.generate_stream", "/generate_stream", STREAM),
        ("tgi.compatible", "/", GENERATE),
    )
)
