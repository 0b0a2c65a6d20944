"""OpenAI's ``POST /v1/moderations``.

Where the gateway has classifiers it answers itself: nothing is forwarded, nothing is judged by policy,
and what comes back are scores and no decision. Elsewhere it is an endpoint like others.
"""

from collections.abc import Mapping
from typing import Final

from gateway.core.errors import CallerError
from gateway.wire.body import required_object, word
from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Direction, Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.openai_chat.parts import PART
from gateway.wire.read import Reader, control, each, fields, text
from gateway.wire.sink import Sink
from gateway.wire.stream import StreamReader, is_event_stream
from gateway.wire.views import request_view, response_view

PATH: Final = "/v1/moderations"

CENSUS: Mapping[Direction, str] = {
    "request": """
        input/*<text>/text                              text
        input/*<image_url>/image_url/url                metadata
        input/*/*                                       control
        input                                           text
        model                                           control
    """,
    "response": "* control",
}


def _entry(sink: Sink, pointer: str, value: object) -> None:
    reader = PART if isinstance(value, dict) else text("text")
    reader(sink, pointer, value)


_REQUEST: Reader = fields({"model": control, "input": each(_entry, other=text("text"))})


class OpenAIModerations(OpenAIErrors):
    """``POST /v1/moderations``, asked of an upstream."""

    __slots__ = ()
    name: Final = "openai_moderations"
    family: Final = "openai"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        request = required_object(body)
        if not isinstance(request.get("input"), str | list):
            raise CallerError(400, "invalid_type", "input must be a string or a list", "/input")
        return request_view(request, _REQUEST, frozenset(), model=word(request.get("model")))

    def response(self, body: object) -> ResponseView:
        """Categories and scores are control words and numbers; what is longer is read."""
        return response_view(body, control)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """Moderations are never streamed; if they are, every frame is read as it stands."""
        return StreamReader() if is_event_stream(content_type) else None


class Errors(OpenAIErrors):
    """Refusals as OpenAI's clients read them."""

    __slots__ = ()


DIALECT: Final[Dialect] = OpenAIModerations()

ENDPOINTS: Final = (
    Endpoint("moderations", "POST", v1("/moderations"), DIALECT, model="optional", census=CENSUS),
)
