"""OpenAI's responses: items in, items out, and what the provider keeps of them."""

from typing import Final

from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.openai_responses.census import CENSUS, COUNTED, DELETED, LISTED, RETRIEVED
from gateway.wire.openai_responses.request import read_request
from gateway.wire.openai_responses.response import read_response
from gateway.wire.openai_responses.stream import ResponseReader
from gateway.wire.stream import StreamReader, is_event_stream


class OpenAIResponses(OpenAIErrors):
    """``/v1/responses`` and what lies below it."""

    __slots__ = ()
    name: Final = "openai_responses"
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
        return ResponseReader() if is_event_stream(content_type) else None


DIALECT: Final[Dialect] = OpenAIResponses()

_ONE = v1("/responses/{id}")

ENDPOINTS: Final = (
    Endpoint(
        "responses",
        "POST",
        v1("/responses"),
        DIALECT,
        generative=True,
        model="optional",
        census=CENSUS,
    ),
    Endpoint("responses.compact", "POST", v1("/responses/compact"), DIALECT, model="optional", census=CENSUS),
    Endpoint(
        "responses.input_tokens",
        "POST",
        v1("/responses/input_tokens"),
        DIALECT,
        model="optional",
        census=COUNTED,
    ),
    Endpoint("responses.get", "GET", _ONE, DIALECT, body="none", model="none", census=RETRIEVED),
    Endpoint("responses.delete", "DELETE", _ONE, DIALECT, body="none", model="none", census=DELETED),
    Endpoint(
        "responses.cancel",
        "POST",
        v1("/responses/{id}/cancel"),
        DIALECT,
        body="none",
        model="none",
        census=RETRIEVED,
    ),
    Endpoint(
        "responses.input_items",
        "GET",
        v1("/responses/{id}/input_items"),
        DIALECT,
        body="none",
        model="none",
        census=LISTED,
    ),
)
