"""Gemini's embedContent and batchEmbedContents."""

from typing import Final

from gateway.wire.dialect import Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Endpoint
from gateway.wire.envelopes import GeminiErrors
from gateway.wire.gemini_embeddings import census
from gateway.wire.gemini_embeddings.request import read_batch, read_one
from gateway.wire.gemini_embeddings.response import read_response
from gateway.wire.gemini_generate.paths import of_model
from gateway.wire.stream import StreamReader, is_event_stream


class GeminiEmbedding(GeminiErrors):
    """``POST /v1beta/models/{model}:embedContent``."""

    __slots__ = ()
    name: Final = "gemini_embeddings"
    family: Final = "gemini"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        return read_one(body)

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response: numbers."""
        return read_response(body)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """Never streamed; if it is, every frame is read as it stands."""
        return StreamReader() if is_event_stream(content_type) else None


class GeminiEmbeddings(GeminiEmbedding):
    """``POST /v1beta/models/{model}:batchEmbedContents``."""

    __slots__ = ()

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``, or ``model_mismatch`` when it names several models.
        """
        return read_batch(body)


ONE: Final[Dialect] = GeminiEmbedding()
BATCH: Final[Dialect] = GeminiEmbeddings()

ENDPOINTS: Final = (
    Endpoint("gemini.embed_content", "POST", of_model("embedContent"), ONE, model="path", census=census.ONE),
    Endpoint(
        "gemini.batch_embed_contents",
        "POST",
        of_model("batchEmbedContents"),
        BATCH,
        model="path",
        census=census.BATCH,
    ),
)
