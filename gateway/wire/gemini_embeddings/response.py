"""The answers of embedContent and batchEmbedContents: numbers, and how many tokens they took."""

from gateway.core.exchange import Usage
from gateway.wire.body import count
from gateway.wire.dialect import ResponseView
from gateway.wire.gather import Gather
from gateway.wire.gemini_generate.cases import cased, either
from gateway.wire.read import Reader, control, each, fields, ignored

_VECTOR: Reader = fields(cased({"values": ignored, "shape": ignored, "statistics": control}))
_RESPONSE: Reader = fields(
    cased(
        {
            "embedding": _VECTOR,
            "embeddings": each(_VECTOR, other=_VECTOR),
            "metadata": control,
            "truncated": ignored,
            "usageMetadata": control,
        }
    )
)


def read_response(body: object) -> ResponseView:
    """Whatever is said besides the vectors. Never raises."""
    gather = Gather("assistant")
    _RESPONSE(gather, "", body)
    return ResponseView(
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        usage=Usage(count(either(either(body, "usageMetadata"), "promptTokenCount"))),
        fixed=frozenset(gather.fixed),
    )
