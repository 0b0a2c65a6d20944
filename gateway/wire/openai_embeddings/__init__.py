"""OpenAI's embeddings: text goes in, numbers come back."""

from collections.abc import Mapping
from typing import Final

from gateway.core.errors import CallerError
from gateway.wire.body import required_object
from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Direction, Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.prompt import prompt
from gateway.wire.read import Reader, control, each, fields, ignored
from gateway.wire.stream import StreamReader, is_event_stream
from gateway.wire.views import request_view, response_view, unknown_shape

CONTROL = frozenset(["dimensions", "encoding_format"])
"""Fields that steer and do not speak."""

_REQUEST: Reader = fields({**dict.fromkeys(CONTROL, control), "model": control, "input": prompt})

# Numbers, or the same numbers in base64. Whether a text can be had back from them is a question of
# effort, and none that a detector of texts could answer.
_VECTOR: Reader = fields({"object": control, "index": ignored, "embedding": ignored})
_RESPONSE: Reader = fields({"object": control, "model": control, "usage": control, "data": each(_VECTOR)})

CENSUS: Mapping[Direction, str] = {
    "request": """
        input                                           text            tokens
        user                                            metadata
        dimensions                                      control
        encoding_format                                 control
        model                                           control
    """,
    "response": """
        data/*/embedding                                vector
        data/*/index                                    control
        data/*/object                                   control
        model                                           control
        object                                          control
        usage                                           control
    """,
}


class OpenAIEmbeddings(OpenAIErrors):
    """``POST /v1/embeddings``."""

    __slots__ = ()
    name: Final = "openai_embeddings"
    family: Final = "openai"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        request = required_object(body)
        if not isinstance(request.get("input"), str | list):
            raise CallerError(400, "invalid_type", "input must be a string or a list", "/input")
        return request_view(request, _REQUEST, CONTROL)

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response."""
        known = isinstance(body, dict) and isinstance(body.get("data"), list)
        return response_view(body, _RESPONSE if known else unknown_shape)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """Embeddings are never streamed; if they are, every frame is read as it stands."""
        return StreamReader() if is_event_stream(content_type) else None


DIALECT: Final[Dialect] = OpenAIEmbeddings()

ENDPOINTS: Final = (Endpoint("embeddings", "POST", v1("/embeddings"), DIALECT, census=CENSUS),)
